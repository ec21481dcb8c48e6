package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"syscall"

	"github.com/urfave/cli/v2"

	"vgit/remote/davtest"
)

func (s *session) demoCommand() *cli.Command {
	return command(cli.Command{
		Name: "demo", Usage: "show it all with a server and two devices of its own", ArgsUsage: "[--serve ADDR]",
		Description: "Starts a server on this machine, makes a laptop and a desktop in a temporary\n" +
			"directory, works on both and keeps them in step. Nothing else is touched. With\n" +
			"--serve only the server runs, until it is interrupted.",
		Flags:  []cli.Flag{&cli.StringFlag{Name: "serve", Usage: "run the server alone, on `ADDR`, such as 127.0.0.1:5232"}},
		Action: s.demo,
	})
}

func (s *session) demo(c *cli.Context) (err error) {
	if err := s.textOnly("demo"); err != nil {
		return err
	}
	if err := takes(c, 0); err != nil {
		return err
	}
	if addr := c.String("serve"); addr != "" {
		return s.serve(c.Context, addr)
	}
	if s.KeepPipes != nil { // or the end of the reader were the end of this before it has tidied up
		defer s.KeepPipes()()
	}
	dir, err := os.MkdirTemp(s.Env("TMPDIR"), "vgit-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	server := davtest.New()
	user, password := davtest.Sample(server)
	url, stop := server.Start()
	defer stop()
	d := &demonstration{s: s, ctx: c.Context, dir: dir, server: server, user: user}
	for _, name := range []string{"laptop", "desktop"} {
		if err := d.device(name, url, user, password); err != nil {
			return err
		}
	}
	d.show()
	switch {
	case errors.Is(d.err, syscall.EPIPE): // whoever reads has seen enough
		return nil
	case c.Context.Err() != nil:
		return c.Context.Err()
	case d.err != nil:
		return fmt.Errorf("the demo went wrong: %w", d.err)
	}
	return nil
}

// serve runs the server with its sample data, in memory, and says how to get in.
func (s *session) serve(ctx context.Context, addr string) error {
	server := davtest.New()
	server.KeepLog(100)
	user, password := davtest.Sample(server)
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return &usageError{what: "--serve " + quote(addr) + ": " + err.Error(), hint: "an address is like 127.0.0.1:5232"}
	}
	fmt.Fprintf(s.Stdout, "url: http://%s/\nuser: %s\npassword: %s\n", l.Addr(), user, password)
	h := &http.Server{Handler: server}
	stop := context.AfterFunc(ctx, func() { _ = h.Close() })
	defer stop()
	if err := h.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
