//go:build unix

package main

import "syscall"

// privateFiles keeps others out of every file that this process will make (S25).
func privateFiles() { syscall.Umask(0o077) }
