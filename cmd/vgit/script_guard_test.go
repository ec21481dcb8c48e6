package main

import (
	"net/url"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"

	"vgit/remote/davtest"
)

// backUp is "davtest backup COLLECTION": what it holds now, for a restore.
func backUp(s *server, ts *testscript.TestScript, args []string) {
	if s.saved == nil {
		s.saved = map[string]*davtest.Backup{}
	}
	s.saved[args[0]] = s.coll(ts, args[0]).Backup()
}

// restoreBackup is "davtest restore COLLECTION".
func restoreBackup(s *server, ts *testscript.TestScript, args []string) {
	s.coll(ts, args[0]).Restore(s.saved[args[0]])
}

// keepSome is "davtest keep COLLECTION N": all items but N go.
func keepSome(s *server, ts *testscript.TestScript, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	c := s.coll(ts, args[0])
	for _, name := range c.List()[n:] {
		c.Delete(name)
	}
}

// rewriteSome is "davtest rewrite COLLECTION N OLD NEW": in each of the first N items.
func rewriteSome(s *server, ts *testscript.TestScript, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	for _, name := range s.coll(ts, args[0]).List()[:n] {
		editItem(s, ts, []string{args[0], name, args[2], args[3]})
	}
}

// principal is "davtest principal [USER]": the same address and login lead to this user's account, or to ada's own again. A calendar "work" is
// there, and open to ada.
func principal(s *server, ts *testscript.TestScript, args []string) {
	if len(args) == 0 {
		s.Set(davtest.PrincipalHref(""), davtest.HomeSets())
		return
	}
	user := url.PathEscape(args[0])
	s.AddUser(args[0], "secret-canary")
	s.AddCalendar(args[0], "work", davtest.Props{})
	s.Share(args[0], "ada")
	s.Set(davtest.PrincipalHref("/principals/"+user+"/"), davtest.HomeSets("/calendars/"+user+"/"))
}

// homeSet is "davtest home [USER]": the account stays, and its collections are said to be where this user has them; where they were there is
// nothing.
func homeSet(s *server, _ *testscript.TestScript, args []string) {
	if len(args) == 0 {
		s.ClearFaults()
		s.Set(davtest.HomeSets())
		return
	}
	s.AddUser(args[0], "secret-canary")
	s.AddCalendar(args[0], "other", davtest.Props{})
	s.Share(args[0], "ada")
	s.Set(davtest.HomeSets("/calendars/" + url.PathEscape(args[0]) + "/"))
	s.On(davtest.Match{Path: "/calendars/ada/"}).Before().Status(404)
}
