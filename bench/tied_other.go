//go:build !linux

package main

import "syscall"

// tied keeps the terminal's signals from a process: they are for this one, which ends it.
func tied() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
