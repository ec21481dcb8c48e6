package main_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vgit/repo/item"
)

// drillSite is one collection of a server, with what a drill has to know of it.
type drillSite struct {
	url            string // where vgit is to look
	path           string // of the collection, with a slash at the end
	user, password string
	do             func(*http.Request) (*http.Response, error) // sends a request of the phone, which has a path only
	writes         func() int                                  // how often vgit, or the phone, wrote since this was last called
	backup         func() (restore func())                     // nil: the phone writes the old bodies
	listed         func()                                      // waits until a listing shows what the phone wrote
	over           func()                                      // waits until what the phone writes next is seen as later than a listing
}

// drill is two devices, a phone and a collection of a server that goes wrong.
type drill struct {
	t                        *testing.T
	site                     *drillSite
	kind, ext, title, detail string
	n                        int
	laptop, desktop          *drillDevice
	was                      map[string]drillItem // what the server had before it went wrong
	places                   map[string]string    // hrefs by UID, when the server was last listed
	restore                  func()               // what lastWeek left
}

type drillItem struct {
	place string // file or href
	body  []byte
}

func newDrill(t *testing.T, site *drillSite, kind string, n int) *drill {
	d := &drill{t: t, site: site, kind: kind, ext: ".ics", title: "SUMMARY", detail: "LOCATION", n: n}
	if kind == "contacts" {
		d.ext, d.title, d.detail = ".vcf", "TITLE", "NOTE"
	}
	d.laptop, d.desktop = d.device(), d.device()
	return d
}

func drillUID(i int) string { return fmt.Sprintf("drill-%03d", i) }

// item is the i-th item, of one of four forms.
func (d *drill) item(uid string, i int) []byte {
	if d.kind == "contacts" {
		return drillLines("BEGIN:VCARD", "VERSION:3.0", "UID:"+uid, fmt.Sprintf("FN:Ada Miller %d", i), fmt.Sprintf("N:Miller %d;Ada;;;", i),
			fmt.Sprintf("TITLE:Clerk %d", i), fmt.Sprintf("TEL:555%03d", i), fmt.Sprintf("EMAIL:ada%d@example.org", i), "NOTE:None", "REV:20261101T080000Z", "END:VCARD")
	}
	lines := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//drill//EN", "BEGIN:VEVENT", "UID:" + uid, "DTSTAMP:20261101T080000Z",
		"LAST-MODIFIED:20261101T080000Z", "SEQUENCE:0", fmt.Sprintf("DTSTART:202703%02dT100000Z", 1+i%28), fmt.Sprintf("DTEND:202703%02dT110000Z", 1+i%28),
		fmt.Sprintf("SUMMARY:Meeting %d", i), "LOCATION:Room 1"}
	switch i % 4 {
	case 1:
		lines = append(lines, "RRULE:FREQ=WEEKLY;COUNT=10")
	case 2:
		lines = append(lines, "BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:Reminder", "TRIGGER:-PT15M", "END:VALARM")
	case 3:
		lines = append(lines, "DESCRIPTION:Bring the minutes of the last three meetings\\, and something to", "  write with")
	}
	return drillLines(append(lines, "END:VEVENT", "END:VCALENDAR")...)
}

func drillLines(lines ...string) []byte { return []byte(strings.Join(lines, "\r\n") + "\r\n") }

// seed has the phone write all items, and both devices take them.
func (d *drill) seed() {
	for uid := range d.there() {
		d.phoneDelete(uid) // of another drill on the same server
	}
	for i := range d.n {
		d.phonePut(d.site.path+drillUID(i)+d.ext, d.item(drillUID(i), i))
	}
	for _, dev := range []*drillDevice{d.laptop, d.desktop} {
		d.sync(dev, 0)
		if got := len(dev.files()); got != d.n {
			d.t.Fatalf("%d of %d items came", got, d.n)
		}
	}
}

// drillDevice is a home with a configuration and a vdir.
type drillDevice struct {
	d    *drill
	home string
}

func (d *drill) device() *drillDevice {
	v := &drillDevice{d, d.t.TempDir()}
	protocol := map[string]string{"calendar": "caldav", "contacts": "carddav"}[d.kind]
	text := fmt.Sprintf("[vdir.here]\npath = %q\nkind = %q\nremotes = [\"server\"]\n[remote.server]\ntype = %q\nurl = %q\nusername = %q\npassword = %q\n",
		filepath.Join(v.home, "vdir"), d.kind, protocol, d.site.url, d.site.user, d.site.password)
	if err := os.WriteFile(filepath.Join(v.home, "config.toml"), []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return v
}

// drillRun is what a run of the command said, and how it ended.
type drillRun struct {
	said string
	code int
}

func (v *drillDevice) runs(args ...string) drillRun {
	v.d.t.Helper()
	self, err := os.Executable()
	if err != nil {
		v.d.t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Args = append([]string{"vgit", "--config", filepath.Join(v.home, "config.toml")}, args...)
	cmd.Env = append(os.Environ(), "HOME="+v.home, "XDG_STATE_HOME="+v.home, "NO_PROXY=127.0.0.1")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		v.d.t.Fatal(err)
	}
	v.d.site.over()
	return drillRun{string(out), cmd.ProcessState.ExitCode()}
}

// run is runs for a command that is to end with an exit code.
func (v *drillDevice) run(want int, args ...string) string {
	v.d.t.Helper()
	r := v.runs(args...)
	if r.code != want {
		v.d.t.Fatalf("vgit %s: exit %d, want %d: %s", strings.Join(args, " "), r.code, want, r.said)
	}
	return r.said
}

func (d *drill) sync(v *drillDevice, want int) string {
	d.t.Helper()
	d.site.listed()
	d.site.writes()
	return v.run(want, "sync")
}

// accept says yes to all that is held, by name and in one command.
func (d *drill) accept(v *drillDevice) {
	d.t.Helper()
	v.run(0, append([]string{"accept"}, d.holds(v)...)...)
}

func (d *drill) holds(v *drillDevice) (ids []string) {
	d.t.Helper()
	var answer struct {
		Holds []struct{ ID, Guard string }
	}
	if err := json.Unmarshal([]byte(v.run(5, "held", "--json")), &answer); err != nil {
		d.t.Fatal(err)
	}
	for _, h := range answer.Holds {
		ids = append(ids, h.ID)
	}
	return ids
}

// settle syncs, and lets pass what is held for its number alone (G23): many at once are many at once. What was put back is no older state, and
// no flood.
func (d *drill) settle(v *drillDevice) {
	d.t.Helper()
	d.site.listed()
	r := v.runs("sync")
	if strings.Contains(r.said, "older state") || strings.Contains(r.said, " new items ") {
		d.t.Errorf("taken for an old state or a flood: %s", r.said)
	}
	switch r.code {
	case 0:
	case 5:
		d.accept(v)
	default:
		d.t.Fatalf("vgit sync: exit %d: %s", r.code, r.said)
	}
}

// quiet looks that another sync of each has nothing to do.
func (d *drill) quiet(when string, devices ...*drillDevice) {
	d.t.Helper()
	for _, v := range devices {
		if said := d.sync(v, 0); said != "" {
			d.t.Errorf("%s: a sync with nothing to do says: %s", when, said)
		}
		if n := d.site.writes(); n != 0 {
			d.t.Errorf("%s: a sync with nothing to do writes %d times", when, n)
		}
	}
}

// main is the commit that the vdir stands at.
func (v *drillDevice) main() string {
	v.d.t.Helper()
	b, err := os.ReadFile(filepath.Join(v.home, "vdir", ".git", "refs", "heads", "main"))
	if err != nil {
		v.d.t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

// sound has git look at the repository, where there is one.
func (v *drillDevice) sound() {
	v.d.t.Helper()
	git, err := exec.LookPath("git")
	if err != nil {
		return
	}
	for _, args := range [][]string{{"fsck", "--full", "--strict", "--no-dangling"}, {"status", "--porcelain"}} {
		cmd := exec.Command(git, append([]string{"--no-optional-locks", "-C", filepath.Join(v.home, "vdir")}, args...)...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
		if out, err := cmd.CombinedOutput(); err != nil || len(bytes.TrimSpace(out)) > 0 {
			v.d.t.Errorf("git %s: %v\n%s", args[0], err, out)
		}
	}
}

// ask is one request of the phone.
func (d *drill) ask(method, href string, body []byte, header http.Header) (int, []byte) {
	d.t.Helper()
	if !strings.HasPrefix(href, "/") {
		href = d.site.path + href
	}
	if !strings.Contains(href, "%") {
		href = (&url.URL{Path: href}).EscapedPath()
	}
	q, err := http.NewRequest(method, "http://server"+href, bytes.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	q.Header = header
	if q.Header == nil {
		q.Header = http.Header{}
	}
	resp, err := d.site.do(q)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return resp.StatusCode, answer
}

// there is what the server holds, by UID.
func (d *drill) there() map[string]drillItem {
	d.t.Helper()
	status, answer := d.ask("PROPFIND", d.site.path, []byte(`<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>`), http.Header{"Depth": {"1"}, "Content-Type": {"application/xml"}})
	if status != http.StatusMultiStatus {
		d.t.Fatalf("PROPFIND: %d %s", status, answer)
	}
	var listing struct {
		Hrefs []string `xml:"DAV: response>href"`
	}
	if err := xml.Unmarshal(answer, &listing); err != nil {
		d.t.Fatal(err)
	}
	all := map[string]drillItem{}
	d.places = map[string]string{}
	for _, href := range listing.Hrefs {
		if strings.HasSuffix(href, "/") {
			continue
		}
		status, body := d.ask(http.MethodGet, href, nil, nil)
		if status != http.StatusOK {
			d.t.Fatalf("GET %s: %d", href, status)
		}
		d.add(all, drillItem{href, body})
		d.places[item.Parse(body).UID()] = href
	}
	return all
}

func (d *drill) add(all map[string]drillItem, it drillItem) {
	d.t.Helper()
	uid := item.Parse(it.body).UID()
	if other, taken := all[uid]; taken {
		d.t.Errorf("UID %q is in %s and in %s", uid, other.place, it.place)
	}
	all[uid] = it
}

func (d *drill) phonePut(href string, body []byte) {
	d.t.Helper()
	content := map[string]string{"calendar": "text/calendar; charset=utf-8", "contacts": "text/vcard; charset=utf-8"}[d.kind]
	if status, said := d.ask(http.MethodPut, href, body, http.Header{"Content-Type": {content}}); status/100 != 2 {
		d.t.Fatalf("PUT %s: %d %s\n%s", href, status, said, body)
	}
}

// phoneEdit sets a property of an item as the server has it now.
func (d *drill) phoneEdit(uid, property, text string) {
	d.t.Helper()
	status, body := d.ask(http.MethodGet, d.places[uid], nil, nil)
	if status != http.StatusOK {
		d.t.Fatalf("GET %s: %d", uid, status)
	}
	d.phonePut(d.places[uid], drillSet(body, property, text))
}

func (d *drill) phoneDelete(uid string) {
	d.t.Helper()
	if status, said := d.ask(http.MethodDelete, d.places[uid], nil, nil); status/100 != 2 {
		d.t.Fatalf("DELETE %s: %d %s", uid, status, said)
	}
}

// drillSet sets the first line of a property, which may be folded.
func drillSet(body []byte, property, text string) []byte {
	lines := strings.SplitAfter(string(body), "\n")
	i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, property+":") || strings.HasPrefix(l, property+";") })
	if i < 0 {
		panic("no " + property + " in " + string(body))
	}
	end := i + 1
	for end < len(lines) && strings.HasPrefix(lines[end], " ") {
		end++
	}
	return []byte(strings.Join(slices.Replace(lines, i, end, property+":"+text+"\r\n"), ""))
}

// drillValue is what stands behind the name of the first line of a property.
func drillValue(body []byte, property string) string {
	for line := range strings.Lines(string(body)) {
		name, text, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		if name, _, _ = strings.Cut(name, ";"); name == property {
			return text
		}
	}
	return ""
}
