// Package nettest has what a test of connections needs on the loopback: an authority with certificates made on the spot, a
// server of the domain name system, and proxies. Nothing is kept in files, so that nothing expires. It knows nothing of vgit.
package nettest
