//go:build servers

package realtest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// question is a row of the table of answers.
type question struct {
	text string
	ask  func(p *prober) string
}

// questions are asked in this order, each with items of its own.
var questions = []question{
	{"without a login", (*prober).unauthorised},
	{"HTTP", func(p *prober) string { return strings.TrimPrefix(p.get(p.s.Calendar).proto, "HTTP/") }},
	{"the home lists", func(p *prober) string {
		p.put(p.s.Calendar+"first.ics", event("first"))
		token, ctag := p.state()
		return "token: " + yes(token != "") + ", ctag: " + yes(ctag != "")
	}},
	{"sync-collection", func(p *prober) string { r, _ := p.since(""); return fmt.Sprint(r.status) }},
	{"… names what was deleted before", func(p *prober) string {
		p.put(p.s.Calendar+"past.ics", event("past"))
		p.do(http.MethodDelete, p.s.Calendar+"past.ics", "")
		_, rows := p.since("")
		return yes(named(rows, "past.ics") != nil)
	}},
	{"… since a token that was never given", func(p *prober) string {
		r, rows := p.since("urn:x-realtest:garbage")
		if r.status != http.StatusMultiStatus {
			return fmt.Sprint(r.status)
		}
		return fmt.Sprintf("207, lists all: %s", yes(named(rows, "first.ics") != nil))
	}},
	{"multiget with a missing href", func(p *prober) string {
		_, rows := p.xml("REPORT", p.s.Calendar, "1", `<C:calendar-multiget xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><prop><getetag/></prop><href>`+
			p.s.Calendar+`first.ics</href><href>`+p.s.Calendar+`missing.ics</href></C:calendar-multiget>`)
		missing := named(rows, "missing.ics")
		switch {
		case named(rows, "first.ics") == nil:
			return "fails"
		case missing == nil:
			return "left out"
		case missing.gone():
			return "404"
		}
		return "?"
	}},
	{"PUT of an event", func(p *prober) string { return p.stored(p.s.Calendar+"event.ics", event("event", "LOCATION:Room 1")) }},
	{"… with parameters and a long line", func(p *prober) string {
		return p.stored(p.s.Calendar+"rich.ics", event("rich", "RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=MO", "DESCRIPTION:"+strings.Repeat("word ", 12),
			`ATTENDEE;ROLE=REQ-PARTICIPANT;CN=Ben:mailto:ben@example.org`))
	}},
	{"… with bare line feeds", func(p *prober) string {
		return p.stored(p.s.Calendar+"feeds.ics", strings.ReplaceAll(event("feeds"), "\r", ""))
	}},
	{"PUT of a vCard 3.0", func(p *prober) string { return p.stored(p.s.Contacts+"three.vcf", card("3.0", "three")) }},
	{"a vCard 4.0 is given as", func(p *prober) string {
		p.put(p.s.Contacts+"four.vcf", card("4.0", "four"))
		_, version, _ := strings.Cut(p.get(p.s.Contacts+"four.vcf").body, "VERSION:")
		version, _, _ = strings.Cut(version, "\r")
		return version
	}},
	{"If-None-Match: * on what is there", func(p *prober) string {
		return p.put(p.s.Calendar+"first.ics", event("first", "LOCATION:Over"), "If-None-Match", "*").String()
	}},
	{"PUT over an item", func(p *prober) string {
		return p.put(p.s.Calendar+"first.ics", event("first", "LOCATION:Two")).String()
	}},
	{"PUT, If-Match of another etag", func(p *prober) string {
		return p.put(p.s.Calendar+"first.ics", event("first"), "If-Match", `"other"`).String()
	}},
	{"PUT, If-Match, of what is missing", func(p *prober) string {
		return p.put(p.s.Calendar+"never.ics", event("never"), "If-Match", `"other"`).String()
	}},
	{"DELETE, If-Match of another etag", func(p *prober) string {
		return p.do(http.MethodDelete, p.s.Calendar+"first.ics", "", "If-Match", `"other"`).String()
	}},
	{"DELETE, If-Match, of what is missing", func(p *prober) string {
		return p.do(http.MethodDelete, p.s.Calendar+"nothing.ics", "", "If-Match", `"other"`).String()
	}},
	{"DELETE", func(p *prober) string { return p.do(http.MethodDelete, p.s.Calendar+"event.ics", "").String() }},
	{"made again with other content, the etag is", func(p *prober) string {
		href := p.s.Calendar + "again.ics"
		p.put(href, event("again"))
		before := p.get(href).header.Get("ETag")
		p.do(http.MethodDelete, href, "")
		p.put(href, event("again", "LOCATION:Elsewhere"))
		if p.get(href).header.Get("ETag") == before {
			return "the same"
		}
		return "new"
	}},
	{"a UID a second time", func(p *prober) string {
		p.put(p.s.Calendar+"twin.ics", event("twin"))
		return p.put(p.s.Calendar+"twin-2.ics", event("twin")).String()
	}},
	{"… in another calendar", func(p *prober) string {
		if err := p.s.NewCalendar(p.other()); err != nil {
			p.t.Error(err)
		}
		return p.put(p.other()+"twin.ics", event("twin")).String()
	}},
	{"MKCALENDAR of what is there", func(p *prober) string { return p.do("MKCALENDAR", p.other(), "").String() }},
	{"a body that is no calendar", func(p *prober) string { return p.put(p.s.Calendar+"garbage.ics", "garbage").String() }},
	{"no UID", func(p *prober) string { return p.put(p.s.Calendar+"no-uid.ics", event("")).String() }},
	{"an event without an end", func(p *prober) string {
		return p.put(p.s.Calendar+"endless.ics", component("VEVENT", "endless")).String()
	}},
	{"task, journal", func(p *prober) string {
		return p.put(p.s.Calendar+"task.ics", component("VTODO", "task")).String() + ", " + p.put(p.s.Calendar+"journal.ics", component("VJOURNAL", "journal")).String()
	}},
	{"text after a bare comma", func(p *prober) string {
		p.put(p.s.Calendar+"comma.ics", event("comma", "DESCRIPTION:one, two"))
		if strings.Contains(p.get(p.s.Calendar+"comma.ics").body, "two") {
			return "kept"
		}
		return "dropped"
	}},
	{"8 updates side by side", (*prober).sideBySide},
	{"PROPFIND of everything moves the token", func(p *prober) string {
		before, _ := p.state()
		p.do("PROPFIND", p.s.Calendar, "", "Depth", "1")
		after, _ := p.state()
		return yes(before != after)
	}},
	{"a control character makes a report no XML", func(p *prober) string {
		p.put(p.s.Calendar+"control.ics", event("control", "LOCATION:back\bspace"))
		_, rows := p.xml("REPORT", p.s.Calendar, "1", `<C:calendar-multiget xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><prop><C:calendar-data/></prop><href>`+
			p.s.Calendar+`control.ics</href></C:calendar-multiget>`)
		return yes(rows == nil)
	}},
}

// other is a second calendar beside the first.
func (p *prober) other() string {
	home := strings.TrimSuffix(p.s.Calendar, "/")
	return home[:strings.LastIndexByte(home, '/')+1] + "other/"
}

// sideBySide sends updates at once, up to five times, until one is refused for the others, and says what came.
func (p *prober) sideBySide() string {
	var mu sync.Mutex
	var came []string
	for i := range 8 {
		p.put(fmt.Sprintf("%sparallel-%d.ics", p.s.Calendar, i), event(fmt.Sprintf("parallel-%d", i)))
	}
	for round := range 5 {
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				id := fmt.Sprintf("parallel-%d", i)
				status := p.put(p.s.Calendar+id+".ics", event(id, fmt.Sprintf("LOCATION:Round %d", round))).String()
				mu.Lock()
				defer mu.Unlock()
				if !slices.Contains(came, status) {
					came = append(came, status)
				}
			})
		}
		all.Wait()
		if len(came) > 1 {
			break
		}
	}
	slices.Sort(came)
	return strings.Join(came, ", ")
}
