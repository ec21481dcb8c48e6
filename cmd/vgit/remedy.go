package main

import (
	"fmt"

	"vgit/cmd/config"
	"vgit/repo"
)

// This file has what a person can do about what waits or is held. docs/vgit.1 says more, and a script tries each.

// inside is the path of an item in the repository of its vdir.
func inside(v *config.VDir, step *repo.Step) string {
	if v.Single {
		return step.Name
	}
	return step.Collection + "/" + step.Name
}

// waitsRemedy says how an item stops waiting.
func waitsRemedy(v *config.VDir, step *repo.Step) string {
	return "vgit resolve " + repo.ShellWord(inside(v, step))
}

// heldWhy says what of a collection is held, and how it passes.
func heldWhy(v *config.VDir, plan *repo.Plan, group []*repo.Step) string {
	first := group[0]
	switch {
	case first.Kind == repo.Whole:
		return first.Why + wholeRemedy(first)
	case first.Hold == repo.HookHold:
		return count(len(group), "deletion") + " in the vdir; " + first.Why + "; the next sync asks it again"
	}
	h, them := plan.Hold(first.HoldID), "them"
	if len(h.States) == 1 {
		them = "it"
	}
	return fmt.Sprintf("%s (%s); vgit held shows %s, vgit accept %s lets %s pass, vgit refuse %s puts the other side back", heldWhat(h), h.Why, them, h.ID, them, h.ID)
}

// wholeRemedy says how the hold on a whole collection is answered, where it can be.
func wholeRemedy(step *repo.Step) string {
	id := step.HoldID
	switch step.Hold {
	case repo.DirectoryGone:
		return ", or run vgit refuse " + id + "; vgit accept " + id + " deletes its items on the server"
	case repo.CollectionGone:
		return "; vgit accept " + id + " takes them away here, vgit refuse " + id + " makes it there again, and leaving it out in collections ends the question"
	case repo.NewCollection:
		return "; vgit accept " + id + " makes it on the server, vgit refuse " + id + " leaves it alone"
	}
	return ""
}

// heldGroups are the held steps, by collection and guard, in the order of the plan.
func heldGroups(plan *repo.Plan) (groups [][]*repo.Step) {
	at := map[string]int{}
	for _, step := range plan.InState(repo.Held) {
		key := step.HoldID
		if step.Hold == repo.HookHold {
			key = step.Collection
		}
		i, ok := at[key]
		if !ok {
			i = len(groups)
			at[key], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], step)
	}
	return groups
}

// bindingRemedy says how the hold of a remote as a whole ends.
func bindingRemedy(h *repo.Hold) string {
	back := map[string]string{
		"url":       "put the old one back in the configuration",
		"principal": "look at url and username in the configuration",
		"home":      "look at the account on the server",
		"remote":    "name that one in remotes again",
	}
	return back[h.Binds[0].Key] + "; or, if this is meant, run vgit accept " + h.ID + ", by which both sides are joined and nothing is deleted"
}
