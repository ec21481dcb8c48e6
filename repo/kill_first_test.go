package repo_test

import "vgit/repo"

// firstDeaths are where a run dies that sets a vdir up.
var firstDeaths = []death{
	{rows: "K27", point: repo.AtDirectory},
	{rows: "K27", point: repo.AtRepository},
}
