package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"portal/internal/config"
)

type configCommand struct {
	Explain bool `help:"Say what each setting is for."`
}

// Run prints the settings, also when some are wrong, and then fails.
func (c *configCommand) Run(s *surroundings) error {
	cfg, wrong := config.Load(s.environ)
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, setting := range cfg.Settings() {
		from := setting.From
		switch {
		case from == "" && setting.Value != "":
			from = "follows from others"
		case from == "":
			from = "not set"
		}
		last := from
		if c.Explain {
			last += "\t" + setting.Help
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", setting.Name, setting.Value, last)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, line := range cfg.Unknown() {
		fmt.Fprintln(s.errors, "warning:", line)
	}
	if wrong != nil {
		fmt.Fprintln(s.errors, "wrong:", strings.ReplaceAll(wrong.Error(), "\n", "\nwrong: "))
		return exit(1)
	}
	return nil
}
