# SPDX-License-Identifier: Apache-2.0
"""For gdb on x86-64: what each fiber waits in.

    gdb -p PID -x scripts/gdb-fibers.py -ex fibers
    (gdb) fibers bt            stacks of all
    (gdb) fibers bt cira-login stacks of those with that name

A sleeping fiber's registers are in its jmp_buf, three of them mangled by the C library's pointer guard. They are put in
place for the backtrace and put back afterwards, so this needs a process (or thread) that is stopped, not a core file."""
import gdb

REGISTERS = ["rbx", "rbp", "r12", "r13", "r14", "r15", "rsp", "rip"]  # in the order of __jmpbuf
MANGLED = ("rbp", "rsp", "rip")
MASK = (1 << 64) - 1


def loop_thread():
    """The thread that the loop and the fibers run on."""
    want = int(gdb.parse_and_eval("'rt.c'::rt.thread"))
    for thread in gdb.selected_inferior().threads():
        thread.switch()
        if int(gdb.parse_and_eval("$fs_base")) == want:
            return


def demangle(value):
    guard = int(gdb.parse_and_eval("*(unsigned long *)($fs_base + 0x30)")) & MASK
    value = (value >> 0x11 | value << (64 - 0x11)) & MASK
    return value ^ guard


def all_fibers():
    head = gdb.parse_and_eval("&'fiber.c'::fibers.all")
    fiber = gdb.lookup_type("struct fiber")
    offset = next(f.bitpos // 8 for f in fiber.fields() if f.name == "all")
    node = head["next"]
    while node != head:
        yield (node.cast(gdb.lookup_type("char").pointer()) - offset).cast(fiber.pointer())
        node = node["next"]


def registers_of(f):
    saved = f["env"][0]["__jmpbuf"]
    out = {}
    for i, name in enumerate(REGISTERS):
        value = int(saved[i]) & MASK
        out[name] = demangle(value) if name in MANGLED else value
    return out


class Borrowed:
    """The fiber's registers for as long as it takes."""

    def __init__(self, values):
        self.values = values

    def put(self, values):
        gdb.newest_frame().select()
        for name, value in values.items():
            gdb.execute(f"set ${name} = {value:#x}")

    def __enter__(self):
        gdb.newest_frame().select()
        self.own = {r: int(gdb.parse_and_eval(f"(unsigned long)${r}")) & MASK for r in REGISTERS}
        self.put(self.values)

    def __exit__(self, *args):
        self.put(self.own)


class Fibers(gdb.Command):
    """fibers [bt [NAME]]: list the fibers, or show their stacks."""

    def __init__(self):
        super().__init__("fibers", gdb.COMMAND_STACK)

    def invoke(self, args, tty):
        words = args.split()
        loop_thread()
        running = int(gdb.parse_and_eval("'fiber.c'::fibers.self"))
        for f in all_fibers():
            name = f["name"].string()
            if len(words) > 1 and words[1] != name:
                continue
            state = "runs" if int(f) == running else "cancelled" if bool(f["cancelled"]) else "sleeps"
            print(f"{int(f):#x} {name}: {state}")
            if words[:1] == ["bt"] and int(f) != running:
                with Borrowed(registers_of(f)):
                    gdb.execute("bt")


Fibers()
