package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"vgit/remote/davtest"
)

// properties is "davtest props COLLECTION [KEY=VALUE…]": sets properties as a second client would, and prints all.
func properties(s *server, ts *testscript.TestScript, args []string) {
	c := s.coll(ts, args[0])
	p := c.Props()
	keys := []string{"color", "displayname", "description", "order"}
	values := []*string{&p.Color, &p.DisplayName, &p.Description, &p.Order}
	for _, a := range args[1:] {
		key, value, _ := strings.Cut(a, "=")
		found := false
		for i := range keys {
			if keys[i] == key {
				*values[i], found = value, true
			}
		}
		if !found {
			ts.Fatalf("no property %q", key)
		}
	}
	if len(args) > 1 {
		c.SetProps(p)
		return
	}
	for i := range keys {
		if *values[i] != "" {
			fmt.Fprintf(ts.Stdout(), "%s=%s\n", keys[i], *values[i])
		}
	}
}

// patching is how PROPPATCH misbehaves: "davtest patching refuse STATUS NAME…", "forget NAME…", "drop-alpha", "unreadable STATUS NAME…", "lost",
// "late COLLECTION KEY=VALUE", which is a second client that writes before the read-back, and "well". Names are those of the protocol.
func patching(s *server, ts *testscript.TestScript, args []string) {
	status := func() int {
		n, err := strconv.Atoi(args[1])
		ts.Check(err)
		return n
	}
	switch args[0] {
	case "refuse":
		s.Set(davtest.RefusesProperties(status(), args[2:]...))
	case "forget":
		s.Set(davtest.ForgetsProperties(args[1:]...))
	case "drop-alpha":
		s.Set(davtest.RewritesProperties(func(name, value string) string {
			if name == "calendar-color" {
				return value[:7]
			}
			return value
		}))
	case "unreadable":
		s.Set(davtest.PropertyStatus(status(), args[2:]...))
	case "lost":
		s.fault = s.On(davtest.Match{Method: "PROPPATCH"}).After().Drop()
	case "late":
		s.fault = s.On(davtest.Match{Method: "PROPPATCH", N: 1}).After().Call(func() { properties(s, ts, args[1:]) })
	case "well":
		s.Set(davtest.RefusesProperties(0), davtest.ForgetsProperties(), davtest.RewritesProperties(nil), davtest.PropertyStatus(0))
		if s.fault != nil {
			s.fault.Remove()
		}
	default:
		ts.Fatalf("no way to misbehave %q", args[0])
	}
}
