/* SPDX-License-Identifier: Apache-2.0
 * Stacks and context switches of fibers. ucontext makes a new stack run once; from then
 * on _setjmp/_longjmp switch, which need no system call (swapcontext sets the signal mask
 * each time). A pooled fiber stays parked in its trampoline and is reused without
 * ucontext.
 *
 * Jumping to another stack is what _FORTIFY_SOURCE's longjmp check forbids, hence the
 * undef.
 */
#undef _FORTIFY_SOURCE
#include <rt/fiber_priv.h>

#include <sys/mman.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/asan_interface.h>
#define STACK_SIZE (1024 * 1024) /* red zones make frames several times larger */
#else
#define STACK_SIZE (256 * 1024)
#endif
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(lo, hi) 0
#define VALGRIND_STACK_DEREGISTER(id) ((void)(id))
#endif

#define PAGE 4096
#define MAP_SIZE (PAGE + STACK_SIZE)
#define POOL_MAX 256
#define POOL_WARM 64	 /* beyond these a pooled stack keeps only its top */
#define KEEP (16 * 1024) /* what a trimmed stack keeps committed */
#define DEEP (64 * 1024)
#define SAMPLE 64 /* every so many ends the committed size is asked for */

static struct {
	jmp_buf loop_env, maker_env;
	void *loop_fake;
	const void *loop_stack;
	size_t loop_stack_size;
	struct fiber *pool;
	size_t pooled, ends, high_water;
} sw;

static char *stack_low(const struct fiber *f)
{
	return f->map + PAGE;
}

static void switch_begin(void **fake, const void *bottom, size_t size)
{
#ifdef __SANITIZE_ADDRESS__
	__sanitizer_start_switch_fiber(fake, bottom, size);
#endif
}

static void switch_end(void *fake, const void **bottom, size_t *size)
{
#ifdef __SANITIZE_ADDRESS__
	__sanitizer_finish_switch_fiber(fake, bottom, size);
#endif
}

void fiber_switch_in(struct fiber *f)
{
	switch_begin(&sw.loop_fake, stack_low(f), STACK_SIZE);
	if (_setjmp(sw.loop_env) == 0)
		_longjmp(f->env, 1);
	switch_end(sw.loop_fake, NULL, NULL);
}

void fiber_switch_out(struct fiber *f)
{
	size_t depth = (size_t)((char *)f - (char *)__builtin_frame_address(0));

	if (depth > f->depth)
		f->depth = depth;
	switch_begin(&f->asan_fake, sw.loop_stack, sw.loop_stack_size);
	if (_setjmp(f->env) == 0)
		_longjmp(sw.loop_env, 1);
	switch_end(f->asan_fake, &sw.loop_stack, &sw.loop_stack_size);
}

/* makecontext passes ints only. The first visit returns at once to whoever makes the
 * fiber, on the loop's stack or another fiber's; the next one comes from the loop. */
static void trampoline(unsigned hi, unsigned lo)
{
	struct fiber *f = (struct fiber *)((uintptr_t)hi << 32 | lo);
	const void *maker_stack = NULL;
	size_t maker_stack_size = 0;

	switch_end(NULL, &maker_stack, &maker_stack_size);
	switch_begin(&f->asan_fake, maker_stack, maker_stack_size);
	if (_setjmp(f->env) == 0)
		_longjmp(sw.maker_env, 1);
	switch_end(f->asan_fake, &sw.loop_stack, &sw.loop_stack_size);
	for (;;) {
		f->fn(f->arg);
		f->ended = true;
		fiber_switch_out(f);
	}
}

static void context_make(struct fiber *f)
{
	ucontext_t ctx, unused;
	void *fake = NULL;

	OB_ASSERT(getcontext(&ctx) == 0);
	ctx.uc_stack.ss_sp = stack_low(f);
	ctx.uc_stack.ss_size = (size_t)((char *)f - stack_low(f));
	ctx.uc_link = NULL;
	makecontext(&ctx, (void (*)(void))trampoline, 2, (unsigned)((uintptr_t)f >> 32),
		    (unsigned)(uintptr_t)f);
	switch_begin(&fake, stack_low(f), STACK_SIZE);
	if (_setjmp(sw.maker_env) == 0)
		swapcontext(&unused, &ctx);
	switch_end(fake, NULL, NULL);
}

struct fiber *fiber_stack_get(void)
{
	struct fiber *f = sw.pool;

	if (f != NULL) {
		sw.pool = f->next_free;
		sw.pooled--;
		return f;
	}
	char *map = mmap(NULL, MAP_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

	OB_ASSERT(map != MAP_FAILED);
	OB_ASSERT(mprotect(map, PAGE, PROT_NONE) == 0);
	f = (struct fiber *)(map + MAP_SIZE - ((sizeof(*f) + 63) & ~(size_t)63));
	f->map = map;
	f->valgrind_id = VALGRIND_STACK_REGISTER(map + PAGE, map + MAP_SIZE);
	context_make(f);
	return f;
}

/* Bytes from the top down to the lowest committed page. */
static size_t committed(const struct fiber *f)
{
	unsigned char pages[STACK_SIZE / PAGE];

	if (mincore(stack_low(f), STACK_SIZE, pages) != 0)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(pages); i++)
		if (pages[i] & 1)
			return STACK_SIZE - i * PAGE;
	return 0;
}

static void stack_unmap(struct fiber *f)
{
	char *map = f->map;

	VALGRIND_STACK_DEREGISTER(f->valgrind_id);
#ifdef __SANITIZE_ADDRESS__
	__asan_unpoison_memory_region(map + PAGE, STACK_SIZE);
#endif
	munmap(map, MAP_SIZE);
}

void fiber_stack_put(struct fiber *f)
{
	size_t deep = f->depth;

	if (deep > sw.high_water)
		sw.high_water = deep;
	if (sw.pooled >= POOL_MAX) {
		stack_unmap(f);
		return;
	}
	if (deep > DEEP || sw.ends++ % SAMPLE == 0) {
		deep = committed(f);
		if (deep > sw.high_water)
			sw.high_water = deep;
	}
	if (deep > DEEP || sw.pooled >= POOL_WARM)
		madvise(stack_low(f), STACK_SIZE - KEEP, MADV_DONTNEED);
	f->depth = 0;
	f->next_free = sw.pool;
	sw.pool = f;
	sw.pooled++;
}

void fiber_stacks_fini(void)
{
	while (sw.pool != NULL) {
		struct fiber *f = sw.pool;

		sw.pool = f->next_free;
		stack_unmap(f);
	}
	memset(&sw, 0, sizeof(sw));
}

size_t fiber_stacks_pooled(void)
{
	return sw.pooled;
}

size_t fiber_stacks_high_water(void)
{
	return sw.high_water;
}
