// SPDX-License-Identifier: Apache-2.0
// Walks through the sample web UI as a person does; prints what it saw as one JSON object.
// ui_driver.js FOLDER GUID MPS_PORT RPS_PORT USER IMAGE SHOTS; the password is UI_PASSWORD.
const { chromium } = require(process.env.OUTBAND_PEER_PLAYWRIGHT)
const fs = require('fs')
const http = require('http')
const path = require('path')

const [folder, guid, mps, rps, user, image, shots] = process.argv.slice(2)
const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html', '.json': 'application/json' }
const seen = { failed: [], sockets: [], clicks: [] }

// The built UI, with our addresses instead of the default ones.
const server = http.createServer((req, res) => {
	let file = path.join(folder, path.normalize(decodeURIComponent(req.url.split('?')[0])))
	if (!fs.existsSync(file) || !fs.statSync(file).isFile()) file = path.join(folder, 'index.html')
	let data = fs.readFileSync(file)
	if (file.endsWith('.js'))
		data = data.toString().replaceAll('http://localhost:3000', `http://127.0.0.1:${mps}`)
			.replaceAll('http://localhost:8081', `http://127.0.0.1:${rps}`)
	res.setHeader('Content-Type', TYPES[path.extname(file)] || 'application/octet-stream')
	res.end(data)
})

// A click, and the answer to what it sent.
async function click(page, what, method, route) {
	const answer = page.waitForResponse(r => r.request().method() === method && r.url().includes(route), { timeout: 30000 })
	await what()
	const r = await answer
	seen.clicks.push({ method, route, sent: r.request().postDataJSON(), status: r.status(), got: await r.json() })
}

// Serial over LAN off and on again, then consent for everything.
async function switches(page) {
	const box = page.locator('mat-checkbox[formcontrolname=enableSOL] input')
	for (let i = 0; i < 2; i++) await click(page, () => box.click(), 'POST', '/amt/features/')
	await page.click('mat-select[formcontrolname=userConsent]')
	await click(page, () => page.click('mat-option:has-text("All")'), 'POST', '/amt/features/')
}

async function power(page) {
	for (const icon of ['power_off', 'power', 'restart_alt']) {
		const button = page.locator('mat-toolbar button', { has: page.locator(`mat-icon:text-is("${icon}")`) })
		await click(page, () => button.click(), 'POST', '/amt/power/action/')
		await told(icon)
	}
}

// Whoever started this does something and says so by a file.
async function told(what) {
	fs.writeFileSync(`${shots}/${what}.asked`, '')
	while (!fs.existsSync(`${shots}/${what}`)) await new Promise(r => setTimeout(r, 50))
	return fs.readFileSync(`${shots}/${what}`).toString()
}

// The code is on the device's screen.
async function consent(page) {
	const code = await told('consent')
	await page.fill('input[name=consentCode]', code)
	await click(page, () => page.click('mat-dialog-actions button[type=submit]'), 'POST', '/amt/userConsentCode/')
}

async function walk(page) {
	const text = async () => (await page.innerText('body')).replace(/\s+/g, ' ')
	const shows = what => page.waitForFunction(
		t => document.body.innerText.replace(/\s+/g, ' ').includes(t), what, { timeout: 30000 })
	const go = async (to, what) => {
		await page.evaluate(u => { history.pushState({}, '', u); dispatchEvent(new PopStateEvent('popstate')) }, to)
		await shows(what)
	}
	await page.goto(`http://127.0.0.1:${server.address().port}/`)
	await page.fill('input[name=userId], input[formcontrolname=userId]', user)
	await page.fill('input[type=password]', process.env.UI_PASSWORD)
	await page.click('button[type=submit], button:has-text("Log in"), button:has-text("Sign in")')
	await shows('Dashboard')
	await go('/devices', '(Power: On)')
	seen.devices = await text()
	await go(`/devices/${guid}`, 'AMT Version: 16')
	seen.general = await text()
	seen.checked = await page.locator('mat-checkbox input:checked').count()
	await switches(page)
	await power(page)
	await go(`/devices/${guid}/audit-log`, 'TLS Trusted Root Certificate Added')
	await go(`/devices/${guid}/sol`, 'Consent')
	await consent(page)
	await shows('login:')
	await page.click('.xterm')
	await page.keyboard.type('root\n', { delay: 50 })
	await shows('Password:')
	await go(`/devices/${guid}/kvm`, 'Disconnect KVM')
	// Colours on the canvas: text on a ground are two at least.
	await page.waitForFunction(() => {
		const c = document.querySelector('canvas')
		if (!c || c.width < 640) return false
		const p = new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)
		return new Set(p).size >= 2
	}, null, { timeout: 30000 })
	await page.screenshot({ path: `${shots}/kvm.png` })
	await page.setInputFiles('input[type=file]', image)
	await shows('IDER SESSION ACTIVE')
	fs.writeFileSync(`${shots}/ider`, '')
	await page.waitForFunction(f => window.done, null, { timeout: 60000 })
}

server.listen(0, '127.0.0.1', async () => {
	const browser = await chromium.launch({ executablePath: process.env.OUTBAND_PEER_CHROMIUM, args: ['--no-sandbox'] })
	const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } })
	page.on('response', r => { if (r.status() >= 400) seen.failed.push(`${r.status()} ${r.request().method()} ${r.url()}`) })
	page.on('pageerror', e => seen.failed.push(e.message))
	page.on('websocket', w => seen.sockets.push(new URL(w.url()).searchParams.get('mode')))
	// Whoever started this booted the device meanwhile.
	process.stdin.once('data', () => page.evaluate(() => { window.done = true }))
	try {
		await walk(page)
	} catch (e) {
		seen.error = `${e.message}; the page: ${await page.innerText('body').catch(() => '')}`
	}
	console.log(JSON.stringify(seen))
	await browser.close()
	process.exit(0)
})
