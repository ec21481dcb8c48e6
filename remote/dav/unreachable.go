package dav

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

// unreachable says that there is no connection to a host. What was to be asked over it does not matter, and is not in the text.
type unreachable struct {
	to   string // what the connection was to be to, as far as the error knows
	why  string
	host string // as the address has it; "" until that is known
	err  error
}

func (u *unreachable) Error() string {
	switch {
	case u.to == "":
		return u.why
	case u.host == "" || u.host == u.to:
		return fmt.Sprintf("cannot connect to %s: %s", u.to, u.why)
	}
	return fmt.Sprintf("cannot connect to %s (%s): %s", u.host, u.to, u.why)
}

func (u *unreachable) Unwrap() error { return u.err }

// reached words the errors of a connection that did not come about, for somebody who does not know what a system calls them.
func reached(err error) error {
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return &unreachable{why: fmt.Sprintf("there is no host %s; is its name right, and is the network there?", cut(dns.Name)), err: err}
	case errors.As(err, &dns):
		return &unreachable{why: fmt.Sprintf("cannot look up the host %s (%s); is the network there?", cut(dns.Name), cut(dns.Err)), err: err}
	case !errors.As(err, &op):
		return err
	}
	u := &unreachable{err: err}
	if op.Op == "proxyconnect" {
		if inner := (*net.OpError)(nil); errors.As(op.Err, &inner) {
			op = inner
		}
		u.host = "the proxy"
	}
	if op.Op != "dial" || op.Addr == nil {
		return err
	}
	u.to, u.why = cut(op.Addr.String()), op.Err.Error()
	var number syscall.Errno
	if errors.As(op.Err, &number) {
		u.why = number.Error()
	}
	if errors.Is(op.Err, syscall.ENETUNREACH) || errors.Is(op.Err, syscall.EHOSTUNREACH) {
		u.why += "; is the network there?"
	}
	return u
}
