package main

import (
	"context"
	"errors"
	"fmt"

	"vgit/cmd/config"
	"vgit/remote"
	"vgit/repo"
	"vgit/repo/store"
)

// The exit codes. If several fit, the first of 2, 1, 75, 3, 5, 4 counts.
const (
	exitSync      = 0  // in sync, or the command did what it was asked
	exitNothing   = 1  // nothing could be synced, for a reason that stays: login, certificate, address, vdir not mounted
	exitUsage     = 2  // arguments or configuration cannot be used
	exitSome      = 3  // an item, a collection, a remote or a vdir failed for a reason that stays
	exitWaits     = 4  // all was done but what a conflict waits for
	exitHeld      = 5  // all was done but what a guard holds
	exitTemporary = 75 // something failed, and all of it may pass by itself: network, time-out, lock, busy server
)

// outcome is an error that says nothing more: all has been printed, only the code is left.
type outcome int

func (o outcome) Error() string { return fmt.Sprintf("exit %d", int(o)) }

// usageError is about the arguments.
type usageError struct {
	what string
	hint string // "": the help of the command
}

func (u *usageError) Error() string { return u.what }

// tally counts what became of the parts of a run: its remotes, and each vdir that failed as a whole or has no remote.
type tally struct {
	synced, gone, busy int  // parts that were synced; that failed for a reason that stays; that failed for now
	lasting, temporary bool // single items or collections that failed
	held, waits        bool
}

// part notes how the work with a remote or vdir ended.
func (t *tally) part(err error, known bool) {
	switch {
	case err == nil:
		t.synced++
	case lasts(err, known):
		t.gone++
	default:
		t.busy++
	}
}

func (t *tally) problem(p repo.Problem, known bool) {
	switch severity(p, known) {
	case repo.Lasting:
		t.lasting = true
	case repo.Temporary:
		t.temporary = true
	}
}

func (t *tally) steps(plan *repo.Plan) {
	if plan == nil {
		return
	}
	for _, s := range plan.Steps {
		switch s.State {
		case repo.Held:
			t.held = true
		case repo.Waits:
			t.waits = true
		case repo.Refused: // a property that a server does not have stops nothing, and stays so (T21)
			t.lasting = t.lasting || s.Kind != repo.Property
		}
	}
}

// code is the exit code of the run.
func (t *tally) code() int {
	switch {
	case t.gone > 0 && t.synced+t.busy == 0:
		return exitNothing
	case (t.busy > 0 || t.temporary) && t.gone == 0 && !t.lasting:
		return exitTemporary
	case t.gone > 0 || t.lasting:
		return exitSome
	case t.held:
		return exitHeld
	case t.waits:
		return exitWaits
	}
	return exitSync
}

// lasts tells whether an error stays until somebody changes something. What is no DAV where DAV was before is taken for a
// captive portal or the like, which passes (V49).
func lasts(err error, known bool) bool {
	var locked *store.LockedError
	var hook *hookError
	switch {
	case errors.Is(err, remote.ErrLogin):
		return true
	case errors.As(err, &hook):
		return !hook.passes()
	case errors.As(err, &locked), errors.Is(err, store.ErrStale), errors.Is(err, remote.ErrTemporary), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return false
	case errors.Is(err, remote.ErrNotDAV):
		return !known
	}
	return true
}

// severity is that of a problem, with what is known of the remote.
func severity(p repo.Problem, known bool) repo.Severity {
	if p.Severity == repo.Lasting && p.Err != nil && !lasts(p.Err, known) {
		return repo.Temporary
	}
	return p.Severity
}

// errorCode is the exit code of an error that ended a command.
func errorCode(err error) int {
	var done outcome
	var usage *usageError
	switch {
	case err == nil:
		return exitSync
	case errors.As(err, &done):
		return int(done)
	case errors.As(err, &usage), config.AsProblems(err) != nil:
		return exitUsage
	case lasts(err, false):
		return exitNothing
	}
	return exitTemporary
}
