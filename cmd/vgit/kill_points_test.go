package main

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"vgit/remote/davtest"
	"vgit/repo"
)

// mainThatDies is the command with one thing more: VGIT_CRASH=POINT:N lets it kill itself, with SIGKILL, when it comes to a point for the
// N-th time. It is here and not in the command, which has nothing of the kind.
func mainThatDies() {
	point, n, _ := strings.Cut(os.Getenv("VGIT_CRASH"), ":")
	var passed atomic.Int64
	w := new(ear).here()
	w.At = func(p repo.Point) {
		if string(p) == point && strconv.FormatInt(passed.Add(1), 10) == n {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	os.Exit(run(context.Background(), w, os.Args[1:]))
}

// TestKill9AtEveryPoint (K1 to K26) lets the real process die at points of a sync that does everything; the next run heals.
func TestKill9AtEveryPoint(t *testing.T) {
	t.Parallel()
	k := killing{name: "mixed", before: five, after: allSteps}
	whole := k.start(t)
	whole.sync(0)
	want := whole.both()
	points := []repo.Point{
		repo.AtLocked, repo.AtRecordKept, repo.AtRecorded, repo.AtBody, repo.AtFetchKept, repo.AtFetched, repo.AtDecided, repo.AtPendingKept,
		repo.AtPending, repo.AtWritten, repo.AtPullKept, repo.AtPulled, repo.AtRequest, repo.AtAnswer, repo.AtReadBack, repo.AtPushKept,
		repo.AtPushed, repo.AtAgreeKept, repo.AtAgreed, repo.AtSettled, repo.AtNoted, repo.AtIndexed, repo.AtPacked,
	}
	for i, p := range points {
		if os.Getenv("VGIT_CRASH_ALL") == "" && i%3 != 2 {
			continue
		}
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			w := k.start(t)
			cmd := w.command()
			cmd.Args[0] = "vgit-that-dies"
			cmd.Env = append(cmd.Env, "VGIT_CRASH="+string(p)+":1")
			out, _ := cmd.CombinedOutput()
			if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
				t.Fatalf("it was not killed: %v %s", cmd.ProcessState, out)
			}
			w.healed(want)
		})
	}
}

// TestCommandCannotBeToldToDie: the command itself knows nothing of crash points.
func TestCommandCannotBeToldToDie(t *testing.T) {
	t.Parallel()
	w := killing{after: func(k *killed) { k.work.Put("a.ics", killEvent("a", "There")) }}.start(t)
	cmd := w.command()
	cmd.Env = append(cmd.Env, "VGIT_CRASH="+string(repo.AtLocked)+":1")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(w.both(), "There") {
		t.Errorf("%v: %s", err, out)
	}
}

// threeUploads is an upload of which something can be under way and something not.
var threeUploads = killing{before: five, after: func(k *killed) {
	for _, n := range []string{"i0", "i1", "i2"} {
		k.write(n+".ics", killEvent(n, "Here"))
	}
}}

// TestSignalEndsAnUploadInGoodOrder: a signal lets the requests under way come to their end, and what they did is noted: nothing is sent twice.
func TestSignalEndsAnUploadInGoodOrder(t *testing.T) {
	t.Parallel()
	whole := threeUploads.start(t)
	whole.sync(0)
	want := whole.both()
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			w := threeUploads.start(t)
			w.server.ResetLog()
			cmd, started := w.command(), make(chan struct{})
			w.server.On(davtest.Match{Method: "PUT", N: 1}).Before().Call(func() {
				<-started
				_ = cmd.Process.Signal(sig)
			})
			err := cmd.Start()
			close(started)
			if err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			if cmd.ProcessState.ExitCode() < 0 {
				t.Errorf("it did not end by itself: %v", cmd.ProcessState)
			}
			if out, err := exec.Command("git", "-C", w.dir, "rev-parse", "--verify", "-q", "refs/vgit/r/pending").Output(); err == nil {
				t.Errorf("what was answered is not noted: pending %s", out)
			}
			first := w.server.Count("PUT")
			w.server.ClearFaults()
			w.sync(0)
			if n := w.server.Count("PUT"); n != 3 || first < 1 {
				t.Errorf("%d PUTs for three edits, %d of them in the run that was ended", n, first)
			}
			w.healed(want)
		})
	}
}

// TestSecondSignalEndsAtOnce, whatever the run is waiting for.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	whole := threeUploads.start(t)
	whole.sync(0)
	w := threeUploads.start(t)
	cmd := w.command()
	waiting, ended := make(chan struct{}), make(chan struct{})
	w.server.On(davtest.Match{Method: "PUT", N: 1}).Before().Call(func() {
		close(waiting)
		<-ended // the server does not answer for as long as the process lives
	})
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-waiting
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	for alive := true; alive; {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
			alive = false
		case <-time.After(10 * time.Millisecond): // a storm of signals is another matter
		}
	}
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGTERM {
		t.Errorf("it was not ended by the signal: %v", cmd.ProcessState)
	}
	w.healed(whole.both())
}
