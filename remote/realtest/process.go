//go:build servers

package realtest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a server with all that it started.
type process struct {
	cmd  *exec.Cmd
	log  string
	end  syscall.Signal // what asks it to end
	done chan struct{}  // closed when the first process has ended
}

// start runs a command in a process group of its own, which makes it possible to end all of it.
func start(cmd *exec.Cmd, log string) (*process, error) {
	out, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid, cmd.SysProcAttr.Pdeathsig = true, syscall.SIGTERM // also if the test is killed
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, log: log, end: syscall.SIGTERM, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // it is stopped by a signal, so that it fails
		close(p.done)
	}()
	return p, nil
}

// tail is the end of what the process said.
func (p *process) tail() string {
	b, _ := os.ReadFile(p.log)
	return string(b[max(0, len(b)-2000):])
}

// stop asks the server to end and makes it end if it takes too long. What it started and left behind, also in groups of
// their own as Cyrus does, is killed.
func (p *process) stop() error {
	pid := p.cmd.Process.Pid
	family := descendants(pid)
	_ = syscall.Kill(-pid, p.end)
	var err error
	select {
	case <-p.done:
	case <-time.After(patience):
		err = errors.New("did not end when asked to")
	}
	_ = syscall.Kill(-pid, syscall.SIGKILL)
	for child, began := range family {
		if startTime(child) == began {
			_ = syscall.Kill(child, syscall.SIGKILL)
		}
	}
	<-p.done
	return err
}

// descendants are the processes that a process started, and theirs, each with the time it began, which tells it from a
// later one with the same number.
func descendants(pid int) map[int]string {
	found := map[int]string{}
	lists, _ := filepath.Glob(filepath.Join("/proc", strconv.Itoa(pid), "task", "*", "children"))
	for _, list := range lists {
		b, _ := os.ReadFile(list)
		for _, word := range strings.Fields(string(b)) {
			child, err := strconv.Atoi(word)
			if err != nil {
				continue
			}
			found[child] = startTime(child)
			for p, began := range descendants(child) {
				found[p] = began
			}
		}
	}
	return found
}

// startTime is when a process began, in the kernel's own count, or "-" if there is none.
func startTime(pid int) string {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	if err != nil || len(fields) < 20 {
		return "-"
	}
	return fields[19]
}
