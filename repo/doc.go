// Package repo is the versioned vdir: a directory of calendars or contacts that is the worktree of a git repository and in
// step with its remotes.
//
// It guarantees that nothing is deleted without proof and no edit is dropped: each side is compared only with its own half
// of the base, decisions are made by a pure function and carried out by others, each write names the state it replaces,
// and a run that dies at any point is finished by the next. What is on disk is described in docs/format.md. It knows no
// wire protocol and no command line. Begin reading at Repo.Sync, then Decide.
package repo
