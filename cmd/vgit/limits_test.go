package main

import (
	"testing"

	"vgit/cmd/config"
	"vgit/repo"
)

// TestLimitsOfZeros: who wants everything held does not get the usual limits.
func TestLimitsOfZeros(t *testing.T) {
	t.Parallel()
	if limits(config.Guard{}) == (repo.GuardLimits{}) {
		t.Error("a guard of zeros is taken for none that was chosen")
	}
}
