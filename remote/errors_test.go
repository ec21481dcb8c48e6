package remote_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"vgit/remote"
)

// TestTemporaryIsAMark: the mark is found through what wraps it, hides nothing below it, and is not read aloud.
func TestTemporaryIsAMark(t *testing.T) {
	t.Parallel()
	no := &remote.Refused{Status: 507}
	err := fmt.Errorf("work: %w", remote.Temporary(fmt.Errorf("%w: %w", no, io.EOF)))
	var found *remote.Refused
	if !errors.Is(err, remote.ErrTemporary) || !errors.Is(err, io.EOF) || !errors.As(err, &found) || found != no {
		t.Errorf("the mark, or what is below it, is not found in %v", err)
	}
	if got, want := err.Error(), "work: refused by the server (507): EOF"; got != want {
		t.Errorf("the text is %q, want %q", got, want)
	}
	if errors.Is(io.EOF, remote.ErrTemporary) || remote.Temporary(nil) != nil {
		t.Error("what was not marked is temporary")
	}
}
