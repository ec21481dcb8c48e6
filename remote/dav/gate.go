package dav

import (
	"context"
	"sync"
)

// gate lets writes pass side by side until the server turns out not to bear that, then one at a time (P95).
type gate struct {
	mu     sync.Mutex
	flying map[*flight]bool
	turn   chan struct{} // not nil: one at a time
}

// flight is one write on its way.
type flight struct {
	turn     chan struct{}
	together bool // another write was under way at some time
}

func (g *gate) enter(ctx context.Context) (*flight, error) {
	g.mu.Lock()
	f := &flight{turn: g.turn}
	g.mu.Unlock()
	if f.turn != nil {
		select {
		case f.turn <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.flying == nil {
		g.flying = map[*flight]bool{}
	}
	g.flying[f] = true
	if len(g.flying) > 1 {
		for other := range g.flying {
			other.together = true
		}
	}
	return f, nil
}

func (g *gate) leave(f *flight) {
	g.mu.Lock()
	delete(g.flying, f)
	g.mu.Unlock()
	if f.turn != nil {
		<-f.turn
	}
}

// wasTogether tells whether the write had company.
func (g *gate) wasTogether(f *flight) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return f.together
}

// oneByOne makes all later writes wait for each other. It tells whether that is new.
func (g *gate) oneByOne() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.turn != nil {
		return false
	}
	g.turn = make(chan struct{}, 1)
	return true
}
