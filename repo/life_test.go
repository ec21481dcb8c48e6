package repo_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestLifeKept lives the lives that once went wrong, in their shortest form.
func TestLifeKept(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/life/*.txt")
	must(t, err)
	if len(files) == 0 {
		t.Fatal("no life is kept in testdata/life")
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txt"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(f)
			must(t, err)
			broken, _ := live(t, t.TempDir(), parseScript(string(text)))
			for _, b := range broken {
				t.Error(b)
			}
		})
	}
}

// TestLife is the random life (F45): two devices, a second client and the server, with faults, and a model that knows what
// everybody meant. It tries a few seeds, always the same ones; VGIT_LIFE=SEED tries that one, and tells its story.
func TestLife(t *testing.T) {
	t.Parallel()
	if seed := os.Getenv("VGIT_LIFE"); seed != "" {
		var n uint64
		fmt.Sscan(seed, &n)
		try(t, n, true)
		return
	}
	for seed := range uint64(16) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			try(t, seed, false)
		})
	}
}

// TestLifeSoak goes on for as long as VGIT_SOAK says, with seeds that nobody has seen, and says how far it is.
func TestLifeSoak(t *testing.T) {
	length := os.Getenv("VGIT_SOAK")
	if length == "" {
		return // it is for make soak
	}
	last, err := time.ParseDuration(length)
	must(t, err)
	var sum tally
	failed := 0
	begin, told := time.Now(), time.Now()
	for rounds := 1; ; rounds++ {
		broken, one := try(t, rand.Uint64()>>24, false)
		sum.steps, sum.syncs, sum.faults = sum.steps+one.steps, sum.syncs+one.syncs, sum.faults+one.faults
		if len(broken) > 0 {
			failed++
		}
		over := time.Since(begin) >= last
		if over || time.Since(told) >= 30*time.Second {
			told = time.Now()
			fmt.Printf("%s: %d lives, %d steps, %d syncs, %d faults, %d went wrong\n", time.Since(begin).Round(time.Second), rounds, sum.steps, sum.syncs, sum.faults, failed)
		}
		if over {
			return
		}
	}
}

// try lives the life of a seed. If it goes wrong, the shortest life is sought that goes wrong in the same way.
func try(t *testing.T, seed uint64, tell bool) ([]string, tally) {
	t.Helper()
	return tryScript(t, seed, imagine(seed, 30+int(seed%30)), tell)
}

func tryScript(t *testing.T, seed uint64, s script, tell bool) ([]string, tally) {
	t.Helper()
	if tell {
		t.Logf("seed %d:\n%s", seed, s)
	}
	broken, sum := inTemp(t, s)
	if len(broken) > 0 {
		short := shrink(s, func(s script) bool {
			b, _ := inTemp(t, s)
			return len(b) > 0 && kindOf(b) == kindOf(broken)
		})
		b, _ := inTemp(t, short)
		t.Errorf("seed %d: %s\nshort:\n%s%s", seed, strings.Join(broken, "\n"), short, strings.Join(b, "\n"))
		fmt.Printf("seed %d went wrong: %s\n%s", seed, strings.Join(b, "\n"), short)
	}
	return broken, sum
}

func kindOf(broken []string) string {
	kind, _, _ := strings.Cut(broken[0], ":")
	return kind
}

// inTemp lives in a directory that is gone afterwards, so that an hour of lives does not fill the disk.
func inTemp(t *testing.T, s script) ([]string, tally) {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "vgit-life-") // a third of the time on a disk; power is lost by replay, not here
	if err != nil {
		dir, err = os.MkdirTemp("", "vgit-life-")
	}
	must(t, err)
	defer os.RemoveAll(dir)
	return live(t, dir, s)
}

// shrink drops steps, many at a time and then one by one, as long as what is left still goes wrong.
func shrink(s script, wrong func(script) bool) script {
	for size := len(s.steps) / 2; size > 0; size /= 2 {
		for from := 0; from < len(s.steps); {
			less := script{s.servers, slices.Delete(slices.Clone(s.steps), from, min(from+size, len(s.steps)))}
			if wrong(less) {
				s = less
			} else {
				from += size
			}
		}
	}
	return s
}
