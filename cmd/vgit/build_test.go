//go:build servers || clients

package main_test

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// buildCommand builds vgit for all parts of a test.
func buildCommand(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "vgit")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return binary
}
