//go:build unix && !linux

package main

import "os/exec"

// endWithUs leaves a program as it is: here it outlives a vgit that is killed.
func endWithUs(*exec.Cmd) {}
