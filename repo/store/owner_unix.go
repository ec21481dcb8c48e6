//go:build unix

package store

import (
	"fmt"
	"os"
	"syscall"
)

// checkOwner refuses a git directory that somebody else can write to (S36): what is in it decides what is sent.
func checkOwner(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if ok && int(st.Uid) != os.Geteuid() {
		return &Refused{fmt.Sprintf("%s belongs to another user (uid %d)", path, st.Uid), "run vgit as that user, or chown -R it"}
	}
	if info.Mode().Perm()&0o002 != 0 {
		return &Refused{path + " can be written by everybody", "chmod -R o-w " + path}
	}
	return nil
}
