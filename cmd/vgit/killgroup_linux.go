package main

import (
	"os/exec"
	"syscall"
)

// endWithUs lets a program end when vgit is killed and can end nothing itself. The kernel does that when the thread ends that started
// the program, and threads of Go end with the process.
func endWithUs(c *exec.Cmd) { c.SysProcAttr.Pdeathsig = syscall.SIGKILL }
