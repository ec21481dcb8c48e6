package dav

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"vgit/remote"
)

var errNoPrecondition = errors.New("a write must name the state that it replaces")

// Put stores a body. See remote.Collection.
func (c *collection) Put(ctx context.Context, href remote.Href, pre remote.Precondition, body []byte) (remote.Stored, error) {
	s, err := c.put(ctx, href, pre, body)
	return s, c.safe(err)
}

// Delete removes an item. See remote.Collection.
func (c *collection) Delete(ctx context.Context, href remote.Href, pre remote.Precondition) error {
	return c.safe(c.delete(ctx, href, pre))
}

// Move takes an item to another collection. See remote.Mover.
func (c *collection) Move(ctx context.Context, from remote.Href, pre remote.Precondition, target remote.Collection, to remote.Href) (remote.Stored, error) {
	s, err := c.move(ctx, from, pre, target, to)
	return s, c.safe(err)
}

func (c *collection) safe(err error) error {
	if c.r.http == nil {
		return err
	}
	return c.r.http.secrets.safe(err)
}

func (c *collection) put(ctx context.Context, href remote.Href, pre remote.Precondition, body []byte) (remote.Stored, error) {
	if c.vcard() == "4.0" && c.r.Learned()[learnedPictures] != picturesAnyhow {
		if old := inline(body); old != nil {
			return c.putCard(ctx, href, pre, body, old)
		}
	}
	return c.putBody(ctx, href, pre, body)
}

func (c *collection) putBody(ctx context.Context, href remote.Href, pre remote.Precondition, body []byte) (remote.Stored, error) {
	k := call{method: http.MethodPut, body: body, mime: "text/calendar; charset=utf-8"}
	if c.info.Kind == remote.Contacts {
		k.mime = "text/vcard; charset=utf-8"
	}
	a, err := c.write(ctx, href, pre, k)
	switch {
	case err == nil:
		return c.stored(href, a), nil
	case pre.Absent && errors.Is(err, remote.ErrGone): // there is no place to create it in (P80)
		return remote.Stored{}, fmt.Errorf("%w: %w", remote.ErrCollectionGone, err)
	}
	return remote.Stored{}, err
}

func (c *collection) delete(ctx context.Context, href remote.Href, pre remote.Precondition) error {
	if pre.Absent {
		return errNoPrecondition
	}
	k := call{method: http.MethodDelete, header: http.Header{}}
	if c.r.o.NoScheduleReply {
		k.header.Set("Schedule-Reply", "F")
	}
	_, err := c.write(ctx, href, pre, k)
	if errors.Is(err, remote.ErrChanged) && status(err) == http.StatusPreconditionFailed {
		if u, _, bad := c.item(href); bad == nil && errors.Is(c.get(ctx, href, u).Err, remote.ErrGone) {
			return nil // some say 412 of what is not there (P74)
		}
	}
	if errors.Is(err, remote.ErrGone) {
		return nil
	}
	return err
}

func (c *collection) move(ctx context.Context, from remote.Href, pre remote.Precondition, target remote.Collection, to remote.Href) (remote.Stored, error) {
	t, ok := target.(*collection)
	if !ok || t.r != c.r || pre.Absent {
		return remote.Stored{}, errNoPrecondition
	}
	u, _, err := t.item(to)
	if err != nil {
		return remote.Stored{}, err
	}
	k := call{method: "MOVE", header: http.Header{"Destination": {u.String()}, "Overwrite": {"F"}}}
	a, err := c.write(ctx, from, pre, k)
	if err != nil {
		return remote.Stored{}, err
	}
	s := t.stored(to, a)
	s.Proven = a.status == 201 || a.status == 204
	return s, nil
}

// written is the answer to a write that was not refused.
type written struct {
	*answer
	proven bool // (P73, P74)
}

// write sends one conditional write: once, whatever happens (P86), unless the server itself said that nothing was done.
func (c *collection) write(ctx context.Context, href remote.Href, pre remote.Precondition, k call) (*written, error) {
	if !pre.Absent && pre.ETag == "" && pre.Schedule == "" && pre.Body == nil {
		return nil, errNoPrecondition
	}
	u, name, err := c.item(href)
	if err != nil {
		return nil, err
	}
	k.url, k.write = u, true
	if k.header == nil {
		k.header = http.Header{}
	}
	if err := c.condition(ctx, href, u, pre, k.header); err != nil {
		return nil, err
	}
	a, err := c.send(ctx, k)
	if c.wantsQuotes(pre, err) {
		if r := c.get(ctx, href, u); r.Err == nil && sameText(r.Body, pre.Body) { // (P70)
			k.header.Set("If-Match", `"`+string(pre.ETag)+`"`)
			if a, err = c.send(ctx, k); err == nil {
				c.learn(learnedETag, "quoted")
			}
		}
	}
	if err == nil {
		c.wrote(name)
	}
	return a, err
}

// wantsQuotes tells that a bare etag was refused and may be wanted in quotes (P70).
func (c *collection) wantsQuotes(pre remote.Precondition, err error) bool {
	return status(err) == http.StatusPreconditionFailed && !pre.ETag.Weak() && isBare(pre.ETag) &&
		pre.Body != nil && c.knows(learnedETag) == ""
}

func isBare(e remote.ETag) bool { return e != "" && e[0] != '"' && !e.Weak() }

// condition sets the header that names the state, and looks for itself where no header can guard the write (P68 to P71).
func (c *collection) condition(ctx context.Context, href remote.Href, u *url.URL, pre remote.Precondition, h http.Header) error {
	switch {
	case pre.Absent:
		h.Set("If-None-Match", "*")
		if c.editsAreCounted() {
			return c.compare(ctx, href, u, pre)
		}
	case !pre.ETag.Weak():
		tag := string(pre.ETag)
		if isBare(pre.ETag) && c.knows(learnedETag) == "quoted" {
			tag = `"` + tag + `"`
		}
		h.Set("If-Match", tag)
		if pre.Body != nil && (isCounter(pre.ETag) || c.editsAreCounted()) {
			return c.compare(ctx, href, u, pre)
		}
	case pre.Schedule != "":
		h.Set("If-Schedule-Tag-Match", string(pre.Schedule))
	case c.r.o.WeakETag == "refuse" || pre.Body == nil:
		return &remote.Refused{Condition: "weak-etag", Text: "the server gives no strong etag, so a write could destroy another one"}
	default:
		return c.compare(ctx, href, u, pre)
	}
	return nil
}

// compare reads the item right before a write and fails unless it is as the precondition says (P71).
func (c *collection) compare(ctx context.Context, href remote.Href, u *url.URL, pre remote.Precondition) error {
	r := c.get(ctx, href, u)
	switch {
	case errors.Is(r.Err, remote.ErrGone):
		if pre.Absent {
			return nil
		}
		return r.Err
	case pre.Absent && (r.Err == nil || errors.Is(r.Err, remote.ErrCut)):
		return fmt.Errorf("%s: %w", shown(u), remote.ErrChanged)
	case r.Err != nil:
		return r.Err
	case !sameText(r.Body, pre.Body):
		return fmt.Errorf("%s: %w", shown(u), remote.ErrChanged)
	}
	return nil
}

// sameText compares bodies without regard to line ends (P36).
func sameText(a, b []byte) bool {
	plain := func(b []byte) []byte {
		return bytes.TrimRight(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")), "\n")
	}
	return bytes.Equal(a, b) || bytes.Equal(plain(a), plain(b))
}

// isCounter tells the etags of SOGo, which count edits and come again after delete and create.
func isCounter(e remote.ETag) bool {
	s := strings.Trim(string(e), `"`)
	return len(s) == 11 && strings.HasPrefix(s, "gcs") && strings.Trim(s[3:], "0123456789") == ""
}

func (c *collection) countsEdits() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counter = true
}

func (c *collection) editsAreCounted() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.counter
}

// send makes the request, within the bounds for writes, and says what its answer proves.
func (c *collection) send(ctx context.Context, k call) (*written, error) {
	h := c.r.http
	f, err := h.writes.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer h.writes.leave(f)
	a, err := h.do(ctx, k)
	if err != nil {
		if status(err) == 503 {
			h.slowDown(f)
		}
		return nil, err
	}
	if a.status/100 != 2 {
		no := h.failure(k, a)
		if (no.status == 404 || no.status == 410) && !c.answersFor(no.url, k.url) {
			return nil, fmt.Errorf("%w: %w", no, remote.ErrNoAnswer) // what it was led to says nothing of the item
		}
		return nil, h.refusal(f, no)
	}
	body, err := io.ReadAll(a.body)
	_ = a.body.Close()
	if err != nil {
		body = nil // the status has come, and it decides
	}
	if a.status == http.StatusMultiStatus {
		return c.inner(f, k, a, body)
	}
	return c.outcome(k, a, body)
}

// outcome reads a success (P73, P74).
func (c *collection) outcome(k call, a *answer, body []byte) (*written, error) {
	page := isHTML(a.header.Get("Content-Type"), body)
	w := &written{answer: a}
	switch a.status {
	case http.StatusCreated, http.StatusNoContent:
		w.proven = true
	case http.StatusOK, http.StatusAccepted:
		if page && a.header.Get("ETag") == "" && a.status == http.StatusOK {
			return nil, fmt.Errorf("%w: %w", c.r.http.notDAV(a, body), remote.ErrNoAnswer)
		}
		w.proven = k.method == http.MethodDelete || a.status == http.StatusOK && a.header.Get("ETag") != ""
	}
	if k.method == http.MethodDelete && !w.proven {
		return nil, fmt.Errorf("%s: %s: %w", shown(a.url), a.line, remote.ErrNoAnswer)
	}
	return w, nil
}

// inner reads the statuses inside of a 207: all must be successes (P73).
func (c *collection) inner(f *flight, k call, a *answer, body []byte) (*written, error) {
	worst := 0
	no := &failure{method: k.method, url: a.url}
	_, err := readMultistatus(bytes.NewReader(body), a.header.Get("Content-Type"), func(r *row) error {
		for _, s := range []int{r.status, r.worst} {
			if s == statusUnreadable {
				s = 599
			}
			if s > worst {
				worst = s
				no.condition, no.href = c.r.http.secrets.short(r.condition), r.inTheWay
			}
		}
		return nil
	})
	if err != nil || worst == 0 {
		return nil, fmt.Errorf("%s: %s: %w", shown(a.url), a.line, remote.ErrNoAnswer)
	}
	if worst/100 == 2 {
		return &written{answer: a, proven: true}, nil
	}
	no.status = worst
	if no.condition != "" {
		no.namespace = nsCalDAV
	}
	return nil, c.r.http.refusal(f, no)
}

// refusal says what a server's no to a write means.
func (c *client) refusal(f *flight, no *failure) error {
	locked := no.status == 423 || no.condition == "lock-token-submitted" || no.condition == "no-conflicting-lock"
	if locked || no.status == 500 || no.status == 503 || no.status == 507 {
		if c.slowDown(f); locked || no.status == 507 && c.writes.wasTogether(f) {
			no.err = remote.ErrLocked
			return no
		}
	}
	switch s := no.status; {
	case s == 404, s == 410:
		no.err = remote.ErrGone
	case s == 412 && (no.condition == "" || no.namespace == nsDAV):
		no.err = remote.ErrChanged
	case s == 401:
		no.err = remote.ErrLogin
	case s/100 == 4, s == 507:
		no.err = &remote.Refused{Status: s, Condition: no.condition, Text: no.text, Href: remote.Href(no.href)}
	default: // it may have been done before it went wrong
		if s/100 == 5 && s != 502 && s != 503 && s != 504 {
			no.err = remote.ErrServer
		}
		return remote.Temporary(fmt.Errorf("%w: %w", no, remote.ErrNoAnswer))
	}
	return no
}

// slowDown makes writes go one at a time if this one had company (P95).
func (c *client) slowDown(f *flight) {
	if c.writes.wasTogether(f) && c.writes.oneByOne() {
		c.learn("writes", "serial")
	}
}

// stored reads from the answer where a body went and what state that is (P25).
func (c *collection) stored(href remote.Href, w *written) remote.Stored {
	s := remote.Stored{Href: href, ETag: remote.ETag(strings.TrimSpace(w.header.Get("ETag"))), Proven: w.proven}
	_, asked, err := c.item(href)
	if err != nil {
		return s
	}
	for _, header := range []string{"Location", "Content-Location"} {
		place := w.header.Get(header)
		if place == "" || header == "Location" && w.status != http.StatusCreated {
			continue
		}
		if rel, name := c.relate(c.url, place); rel == child {
			if name != asked {
				s.Href = c.given(c.url, name, place)
				c.wrote(name)
			}
			break
		}
	}
	return s
}
