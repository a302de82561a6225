package main

import "syscall"

// tied has a process end with this one, even if this one is killed; and keeps the terminal's signals from it, which are for this
// process. The kernel looks at the thread that starts the process: it has to stay.
func tied() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
