package dav

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"
	"testing"

	"vgit/remote"
)

// What is said of a host that cannot be reached names it and what may be wrong, and no system call. It passes by itself.
func TestUnreachableHosts(t *testing.T) {
	t.Parallel()
	at := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 443}
	dial := func(number syscall.Errno) error {
		return &net.OpError{Op: "dial", Net: "tcp", Addr: at, Err: &os.SyscallError{Syscall: "connect", Err: number}}
	}
	for _, tt := range []struct {
		err  error
		host string
		want string
	}{
		{dial(syscall.ECONNREFUSED), "cloud.example.org", "cannot connect to cloud.example.org (192.0.2.1:443): connection refused"},
		{dial(syscall.ECONNREFUSED), "192.0.2.1:443", "cannot connect to 192.0.2.1:443: connection refused"},
		{dial(syscall.ENETUNREACH), "cloud.example.org", "cannot connect to cloud.example.org (192.0.2.1:443): network is unreachable; is the network there?"},
		{&net.OpError{Op: "proxyconnect", Net: "tcp", Err: dial(syscall.ECONNREFUSED)}, "", "cannot connect to the proxy (192.0.2.1:443): connection refused"},
		{&net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "cluod.example.org", IsNotFound: true}}, "cluod.example.org",
			"there is no host cluod.example.org; is its name right, and is the network there?"},
		{&net.DNSError{Err: "server misbehaving", Name: "cloud.example.org", IsTemporary: true}, "cloud.example.org",
			"cannot look up the host cloud.example.org (server misbehaving); is the network there?"},
		{&net.OpError{Op: "read", Net: "tcp", Addr: at, Err: syscall.ECONNRESET}, "cloud.example.org", "read tcp 192.0.2.1:443: connection reset by peer"},
	} {
		err := networkError(context.Background(), tt.err)
		var far *unreachable
		if errors.As(err, &far) && far.host == "" {
			far.host = tt.host
		}
		if err.Error() != tt.want || !errors.Is(err, remote.ErrTemporary) {
			t.Errorf("%v: %q, want %q", tt.err, err, tt.want)
		}
	}
}
