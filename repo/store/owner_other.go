//go:build !unix

package store

// checkOwner has nothing to look at where files have no owner in this sense.
func checkOwner(string) error { return nil }
