//go:build !race

package dav

const raced = false
