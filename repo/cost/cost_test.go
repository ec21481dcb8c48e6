package cost

import (
	"bytes"
	"testing"
)

// A guard that was never seen to fail is a decoration.
func TestLinearObjects(t *testing.T) {
	var kept []byte
	if n := Bytes(func() { kept = bytes.Repeat([]byte("x"), 1<<20) }); n < 1<<20 || n > 2<<20 {
		t.Errorf("%d bytes for %d", n, len(kept))
	}
	watched := &recorder{TB: t}
	Linear(watched, 1000, 0, 10, func() { kept = bytes.Repeat([]byte("x"), 1<<20) })
	if !watched.failed {
		t.Error("a megabyte for a thousand bytes passes")
	}
	Linear(t, 1<<20, 1<<16, 2, func() { kept = bytes.Repeat([]byte("x"), 1<<20) })
}

type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Fatalf(string, ...any) { r.failed = true }
