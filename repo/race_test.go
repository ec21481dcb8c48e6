//go:build race

package repo_test

// raced says that the race detector is on.
const raced = true
