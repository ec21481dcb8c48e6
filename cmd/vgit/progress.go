package main

import (
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// slow is how long something may take before a person wants to see it move.
const slow = time.Second

// progress shows long work on a terminal. Elsewhere, and with short work, it shows nothing.
type progress struct {
	s     *session
	vdir  string
	mu    sync.Mutex
	began time.Time
	what  string
	bar   *progressbar.ProgressBar
}

func (s *session) progress(vdir string) *progress {
	return &progress{s: s, vdir: vdir, began: s.Now()}
}

// tell is a repo.Progress.
func (p *progress) tell(what string, done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.s.ErrTerminal || p.s.quiet || p.s.trace || p.s.Now().Sub(p.began) < slow {
		return
	}
	if p.bar == nil || p.what != what {
		p.clear()
		p.what = what
		p.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(p.s.Stderr), progressbar.OptionSetDescription(clean(p.vdir+": "+what)),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("items"), progressbar.OptionSetWidth(20),
			progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
	}
	_ = p.bar.Set(done) // a bar that cannot be drawn is no reason to stop
}

func (p *progress) clear() {
	if p.bar != nil {
		_ = p.bar.Clear()
		p.bar = nil
	}
}

// pause takes the bar away and keeps it away until the function that it returns is called: a program has the terminal.
func (p *progress) pause() (resume func()) {
	if p == nil {
		return func() {}
	}
	p.mu.Lock()
	p.clear()
	return p.mu.Unlock
}

// end takes the bar away.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}
