//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// inGroup lets a program end with all that it started.
func inGroup(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	endWithUs(c)
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
}
