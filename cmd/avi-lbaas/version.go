package main

import (
	"cmp"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Say which build this is",
		Long: `Prints the version of this build, the commit that it was made from and the version of
Go that made it, as far as the build recorded them.`,
		Example: "  avi-lbaas version",
		Args:    arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			p := printer{out: cmd.OutOrStdout()}
			describeBuild(&p, debug.ReadBuildInfo)
			return p.err
		},
	}
}

// describeBuild prints what a binary knows of itself.
func describeBuild(p *printer, read func() (*debug.BuildInfo, bool)) {
	info, ok := read()
	if !ok {
		p.printf("avi-lbaas (this build recorded nothing of itself)\n")
		return
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	p.printf("avi-lbaas %s\n", cmp.Or(info.Main.Version, "(devel)"))
	if revision := settings["vcs.revision"]; revision != "" {
		if settings["vcs.modified"] == "true" {
			revision += " with changes"
		}
		p.printf("commit    %s, %s\n", revision, settings["vcs.time"])
	}
	p.printf("built by  %s for %s/%s\n", info.GoVersion, settings["GOOS"], settings["GOARCH"])
}
