package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// options are the command line.
type options struct {
	ours      ourOptions
	url       string // measured instead of ours
	reference string // measured after ours
	account   account
	// provider is that of the load balancers at url or reference, activeProvider of those whose way to ACTIVE is measured there;
	// settles says that the former become ACTIVE.
	provider, activeProvider string
	settles                  bool
	processes                []int // of the service at url or reference
	settle, foreignSettle    int
	clients                  int
	lasting                  time.Duration
	lists, trees             []int
	results                  string
}

// parse reads the command line. Credentials that it does not have are those of environment, by OpenStack's names.
func parse(args []string, environment func(string) string) (*options, error) {
	o := &options{}
	set := flag.NewFlagSet("bench", flag.ContinueOnError)
	set.StringVar(&o.ours.binary, "binary", "bin/avi-lbaas", "the program to measure")
	set.BoolVar(&o.ours.standIn, "keystone", false, "with tokens of a stand-in Keystone and VIPs of a stand-in Neutron")
	set.StringVar(&o.ours.database, "database", "", "its database, empty at first, as [database] connection has it (default: SQLite in a new file)")
	set.StringVar(&o.url, "url", "", "measure the service at this address instead")
	set.StringVar(&o.reference, "reference", "", "measure the service at this address too, and compare")
	set.StringVar(&o.account.authURL, "auth-url", "", "a real Keystone, for all that is measured")
	set.StringVar(&o.account.user, "user", cmp.Or(environment("OS_USERNAME"), "admin"), "an administrator there; OS_PASSWORD has the password")
	set.StringVar(&o.account.project, "project", cmp.Or(environment("OS_PROJECT_NAME"), "admin"), "the project to log in to")
	set.StringVar(&o.provider, "provider", "", "the provider of the load balancers that are made at -url or -reference")
	set.StringVar(&o.activeProvider, "active-provider", "", "the provider of those that are followed to ACTIVE there")
	set.BoolVar(&o.settles, "settles", true, "the former become ACTIVE too; not so with Octavia's noop_driver")
	set.Func("pids", "the processes of the service at -url or -reference, whose memory is measured", numbersInto(&o.processes))
	set.IntVar(&o.clients, "clients", 4, "how many clients there are, each with one request at a time")
	set.DurationVar(&o.lasting, "lasting", 5*time.Second, "how long each loop lasts")
	set.IntVar(&o.settle, "settle", 100, "how many load balancers are followed to ACTIVE; 0: none")
	set.IntVar(&o.foreignSettle, "reference-settle", 12, "as many at -reference")
	o.lists, o.trees = []int{1, 100, 1000}, []int{1, 20, 200}
	set.Func("lists", "the sizes of the lists (default 1,100,1000)", numbersInto(&o.lists))
	set.Func("trees", "the sizes of the growing tree (default 1,20,200)", numbersInto(&o.trees))
	set.StringVar(&o.results, "results", "", "a file for the results, as JSON")
	if err := set.Parse(args); err != nil {
		return nil, err
	}
	o.account.password = environment("OS_PASSWORD")
	o.ours.account = o.account
	return o, o.check()
}

func (o *options) check() error {
	switch {
	case o.url != "" && o.reference != "":
		return errors.New("-url is instead of avi-lbaas, -reference beside it: give one of them")
	case o.ours.standIn && o.account.authURL != "":
		return errors.New("-keystone is a stand-in for the one of -auth-url: give one of them")
	case o.account.authURL != "" && o.account.password == "":
		return errors.New("-auth-url needs a password: set OS_PASSWORD")
	case o.clients < 1 || o.lasting <= 0:
		return errors.New("-clients and -lasting have to be more than 0")
	}
	return nil
}

// numbersInto reads numbers with commas between them; an empty text is none.
func numbersInto(field *[]int) func(string) error {
	return func(text string) error {
		*field = nil
		for part := range strings.SplitSeq(text, ",") {
			if part == "" {
				continue
			}
			n, err := strconv.Atoi(part)
			if err != nil || n < 1 {
				return fmt.Errorf("%q is not a number above 0", part)
			}
			*field = append(*field, n)
		}
		return nil
	}
}
