//go:build servers

package main_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"vgit/remote/realtest"
)

// faults are steps in which the way to the server fails. The numbers are those of docs/faults.md.
var faults = []step{
	{"F1 F41 a request is cut in the middle", requestsCut},
	{"F41 connections end under the first write", connectionsEnd},
	{"F5 every request in turn fails", everyRequestFails},
	{"F17 all etags and tokens are new", allIsNew},
	{"F28 edited there before every PUT", editedWithoutEnd},
	{"F35 the server drops a property", propertyDropped},
}

// requestsCut resets the connection in the middle of each PUT and DELETE. The server saw none of them; the next run does all.
func requestsCut(r *rig) {
	r.write("cut"+r.ext, r.generated(600))
	r.write("cut-too"+r.ext, r.generated(601))
	r.edit(r.uid(7), r.title, "Cut on its way")
	r.remove(r.uid(104))
	r.proxy.Cut(func(method, _ string) bool { return method == http.MethodPut || method == http.MethodDelete })
	said, code := r.run()
	r.proxy.Cut(nil)
	if code != 75 {
		r.t.Errorf("exit %d, want 75: %s\n%s", code, said, r.requests())
	}
	r.sound()
	r.sync(0)
	r.has(r.uid(7), r.title, "Cut on its way")
	if there := r.there(); there[r.uid(600)].body == nil || there[r.uid(601)].body == nil || there[r.uid(104)].body != nil {
		r.t.Error("a new item did not arrive, or a deleted one is still there")
	}
}

// connectionsEnd has every connection end after one answer, without a word. A PUT that finds it closed arrives once.
func connectionsEnd(r *rig) {
	r.write("ended"+r.ext, r.generated(602))
	r.edit(r.uid(7), r.title, "On a connection that had ended")
	r.proxy.HangUp(true)
	said, code := r.run()
	r.proxy.HangUp(false)
	if code != 0 && code != 75 {
		r.t.Errorf("exit %d, want 0 or 75: %s\n%s", code, said, r.requests())
	}
	stored := r.count(storing)
	r.sync(0)
	if stored += r.count(storing); stored != 2 {
		r.t.Errorf("%d PUTs were stored, want 2", stored)
	}
	r.has(r.uid(7), r.title, "On a connection that had ended")
}

// everyRequestFails answers one request of a sync with 500, each in its turn, while every kind of change is at work. What
// was done stays done, the rest follows in the next run.
func everyRequestFails(r *rig) {
	first := 610
	r.write("made-first"+r.ext, r.generated(first))
	r.phonePut(r.path+"there-first"+r.ext, r.generated(first+1))
	r.sync(0)
	r.there()
	there := len(r.list())
	for n := 1; ; n++ {
		old, now := first+4*(n-1), first+4*n
		text := fmt.Sprintf("Request %d failed", n)
		r.write(fmt.Sprintf("failed-%d%s", n, r.ext), r.generated(now))
		r.phonePut(fmt.Sprintf("%sthere-%d%s", r.path, n, r.ext), r.generated(now+1))
		r.remove(r.uid(old))
		if n > 1 {
			r.known[r.uid(old+1)] = held{place: fmt.Sprintf("%sthere-%d%s", r.path, n-1, r.ext)}
		}
		r.phoneDelete(r.uid(old + 1))
		r.edit(r.uid(7), r.title, text)
		r.phoneEdit(r.uid(8), r.title, text)
		seen, failed := 0, ""
		r.proxy.After(func(e *realtest.Exchange, _ http.Header) {
			if seen++; seen == n {
				failed = e.Method
				e.Status, e.Got = http.StatusInternalServerError, nil
			}
		})
		said, code := r.run()
		r.proxy.After(nil)
		if code != 0 && code != 75 && code != 3 {
			r.t.Errorf("request %d, %s, failed: exit %d: %s\n%s", n, failed, code, said, r.requests())
		}
		r.sync(0)
		r.has(r.uid(7), r.title, text)
		r.has(r.uid(8), r.title, text)
		here := r.local()
		if here[r.uid(now)].body == nil || here[r.uid(now+1)].body == nil || here[r.uid(old)].body != nil || here[r.uid(old+1)].body != nil {
			r.t.Errorf("request %d, %s, failed: the items here are not as they should be", n, failed)
		}
		if got := len(r.list()); got != there {
			r.t.Errorf("request %d, %s, failed: %d items are there, want %d: two came and two went", n, failed, got, there)
		}
		if failed == "" || r.t.Failed() {
			return
		}
	}
}

var (
	shownETag  = regexp.MustCompile(`(getetag[^>]*>(?:W/)?(?:"|&quot;|&#34;)?)([^<"&]+)`)
	shownToken = regexp.MustCompile(`((?:sync-token|getctag)[^>]*>)([^<]+)(</)`)
)

// mark is what the proxy adds to each etag and token.
const mark = "-renewed"

// allIsNew has the server show another etag for every item and refuse the old tokens, as after a move to a new machine.
// All bodies are the same, so that no file is written, nothing is sent and main stays where it is.
func allIsNew(r *rig) {
	main, err := r.git("rev-parse", "main")
	if err != nil {
		r.t.Fatal(main, err)
	}
	r.proxy.Before(func(req *http.Request, body []byte) []byte {
		req.Header.Set("Accept-Encoding", "identity")
		if req.Method == "REPORT" && syncToken.Match(body) && !bytes.Contains(body, []byte(mark)) {
			return syncToken.ReplaceAll(body, []byte("${1}urn:x-vgit:garbage${2}"))
		}
		req.Header.Set("If-Match", strings.Replace(req.Header.Get("If-Match"), mark, "", 1))
		if req.Header.Get("If-Match") == "" {
			req.Header.Del("If-Match")
		}
		return bytes.ReplaceAll(body, []byte(mark), nil)
	})
	r.proxy.After(func(e *realtest.Exchange, header http.Header) {
		e.Got = shownToken.ReplaceAll(shownETag.ReplaceAll(e.Got, []byte("${1}${2}"+mark)), []byte("${1}${2}"+mark+"${3}"))
		if etag := header.Get("ETag"); strings.HasSuffix(etag, `"`) {
			header.Set("ETag", etag[:len(etag)-1]+mark+`"`)
		}
	})
	r.sync(0)
	r.noWrites("a sync after which etags are new")
	if now, err := r.git("rev-parse", "main"); err != nil || now != main {
		r.t.Errorf("main moved for etags alone: %v", err)
	}
	if r.count(func(e realtest.Exchange) bool { return bytes.Contains(e.Got, []byte(mark)) }) < 2 {
		r.t.Errorf("no new etag was shown:\n%s", r.requests())
	}
	r.settled()
	r.edit(r.uid(7), r.title, "Under a new etag")
	r.sync(0)
	r.has(r.uid(7), r.title, "Under a new etag")
	r.settled()
	r.proxy.Before(nil)
	r.proxy.After(nil)
	r.sync(0)
	r.noWrites("a sync after which etags are old again")
}

// editedWithoutEnd has the phone touch an item before each PUT of it. After three rounds it waits for the next run; the other
// item is done, and nothing is lost.
func editedWithoutEnd(r *rig) {
	touched, other := r.uid(6), r.uid(7)
	r.edit(touched, r.title, "Touched again and again")
	r.edit(other, r.title, "Beside one that is touched")
	last, n := r.thereIs(touched).place, 0
	r.proxy.Before(func(req *http.Request, body []byte) []byte {
		if login := req.Header.Get("Authorization") != "" || !r.server.Digest; login && req.Method == http.MethodPut && samePlace(req.URL, last) {
			n++
			r.phoneEdit(touched, r.stamp, fmt.Sprintf("20260401T12%02d00Z", n))
		}
		return body
	})
	said, code := r.run()
	r.proxy.Before(nil)
	if code != 75 && code != 3 || n != 3 {
		r.t.Errorf("exit %d after %d tries, want 75 or 3 after 3: %s\n%s", code, n, said, r.requests())
	}
	if got := value(r.local()[touched].body, r.title); got != "Touched again and again" {
		r.t.Errorf("the edit here is now %q", got)
	}
	if got := value(r.thereIs(other).body, r.title); got != "Beside one that is touched" {
		r.t.Errorf("the other item has %q there", got)
	}
	r.sync(0)
	r.has(touched, r.title, "Touched again and again")
}

// samePlace compares a URL with an href of an answer, whatever either escapes.
func samePlace(u *url.URL, href string) bool {
	path, err := url.PathUnescape(href)
	return err == nil && u.Path == path
}

// propertyDropped has the server store an item without one of its properties, and answer without an etag. The file keeps it, and nothing is sent again
// for it, and what another device edits then arrives beside it.
func propertyDropped(r *rig) {
	uid := r.uid(603)
	r.write("dropped"+r.ext, r.generated(603))
	kept := value(r.local()[uid].body, r.detail)
	if kept == "" {
		r.t.Fatalf("the sample has no %s", r.detail)
	}
	line := regexp.MustCompile(`(?m)^` + r.detail + `[:;].*\r?\n(?:[ \t].*\r?\n)*`)
	r.proxy.Before(func(req *http.Request, body []byte) []byte {
		if req.Method == http.MethodPut {
			return line.ReplaceAll(body, nil)
		}
		return body
	})
	r.proxy.After(func(e *realtest.Exchange, header http.Header) { // an etag says nothing of the bytes, but none says enough
		if e.Method == http.MethodPut {
			header.Del("ETag")
		}
	})
	r.sync(0)
	r.proxy.Before(nil)
	r.proxy.After(nil)
	for range 2 {
		before := r.state()
		r.sync(0)
		r.noWrites("a property that was dropped there")
		r.unchanged(before)
	}
	if got := value(r.local()[uid].body, r.detail); got != kept {
		r.t.Errorf("%s was %q here and is %q", r.detail, kept, got)
	}
	if got := value(r.thereIs(uid).body, r.detail); got != "" {
		r.t.Errorf("%s is %q there, which the proxy had dropped", r.detail, got)
	}
	if status := r.vgit(0, "status"); !strings.Contains(status, strings.ToLower(r.detail)) && !strings.Contains(status, "place") {
		r.t.Errorf("the status does not say that %s is not kept there: %s", r.detail, status)
	}
	r.phoneEdit(uid, r.title, "Edited there without it")
	r.sync(0)
	r.noWrites("an edit there")
	r.has(uid, r.title, "Edited there without it")
	if got := value(r.local()[uid].body, r.detail); got != kept {
		r.t.Errorf("%s was %q here and is %q after an edit there", r.detail, kept, got)
	}
	r.remove(uid)
	r.phoneDelete(uid)
	r.sync(0)
}

// oddNames are names of items that some servers take.
var oddNames = []string{"a b", "ü", "a@b", "a+b", "a:b", "100%", "a#b", "a&b", "a;b", "a,b", "{a}", "a'b", "a(b)!*~$", `q"q`, "a?b", "a=b", ".dot"}

// oddlyNamed has the phone make items of odd names. What the server takes arrives, is edited here and there, and goes.
func oddlyNamed(r *rig) {
	content := http.Header{"Content-Type": {"text/calendar; charset=utf-8"}}
	if r.kind == "contacts" {
		content.Set("Content-Type", "text/vcard; charset=utf-8")
	}
	taken, refused := map[string]string{}, []string{}
	for i, name := range oddNames {
		if name == "100%" && r.server.Name == "sogo" {
			continue // its reports list the name without the escape, which is no href
		}
		status, _ := r.ask(http.MethodPut, r.path+url.PathEscape(name+r.ext), r.generated(800+i), content)
		if status/100 == 2 {
			taken[r.uid(800+i)] = name
		} else {
			refused = append(refused, fmt.Sprintf("%s (%d)", name, status))
		}
	}
	r.sync(0)
	r.t.Logf("=== %s %s: names that are refused: %s", r.server.Name, r.server.Version, strings.Join(refused, " "))
	here := r.local()
	for uid, name := range taken {
		if here[uid].body == nil {
			r.t.Errorf("%q did not arrive", name)
			continue
		}
		r.edit(uid, r.title, "Edited here")
	}
	r.sync(0)
	for uid := range taken {
		r.has(uid, r.title, "Edited here")
	}
	r.settled()
	for uid := range taken {
		r.phoneEdit(uid, r.title, "Edited there")
	}
	r.sync(0)
	for uid := range taken {
		r.has(uid, r.title, "Edited there")
	}
}

// many is how many items bulk makes at once.
const many = 200

// bulk makes, edits and removes many items while the phone does the same. A server that refuses writes side by side gets
// them one at a time (P95); nothing is lost.
func bulk(r *rig) {
	if r.kind != "calendar" {
		r.t.Skip("for calendars, as it takes a while")
	}
	before := len(r.list())
	for i := range many {
		r.write(fmt.Sprintf("bulk-%d%s", i, r.ext), r.generated(1000+i))
	}
	for i := range 10 {
		r.phonePut(fmt.Sprintf("%sbulk-there-%d%s", r.path, i, r.ext), r.generated(2000+i))
	}
	r.sync(0)
	refused := r.count(locked)
	if got := len(r.list()); got != before+many+10 || len(r.local()) != got {
		r.t.Errorf("%d items are there and %d here, want %d", got, len(r.local()), before+many+10)
	}
	for i := range many / 2 {
		r.edit(r.uid(1000+i), r.title, fmt.Sprintf("Bulk %d", i))
	}
	for i := range 10 {
		r.phoneEdit(r.uid(2000+i), r.title, "Bulk there")
		r.remove(r.uid(1100 + i))
		r.phoneDelete(r.uid(1110 + i))
	}
	r.sync(0)
	r.t.Logf("=== %s %s: of %d writes side by side %d were answered 423", r.server.Name, r.server.Version, many, refused)
	if again := r.count(locked); refused > 12 || refused > 0 && again > 0 {
		r.t.Errorf("%d writes were answered 423, %d in the next run; after the first ones they go one at a time", refused, again)
	}
	there := r.there()
	if got := len(there); got != before+many-10 || len(r.local()) != got {
		r.t.Errorf("%d items are there and %d here, want %d", got, len(r.local()), before+many-10)
	}
	for i := range many / 2 {
		if got := value(there[r.uid(1000+i)].body, r.title); got != fmt.Sprintf("Bulk %d", i) {
			r.t.Errorf("edit %d is %q there", i, got)
		}
	}
	r.outwait()
}

func locked(e realtest.Exchange) bool { return e.Status == http.StatusLocked }
