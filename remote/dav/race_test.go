//go:build race

package dav

// raced says that the race detector is on: what it adds to each growing slice counts as allocated too.
const raced = true
