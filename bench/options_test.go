package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func environment(name string) string {
	return map[string]string{"OS_USERNAME": "boss", "OS_PROJECT_NAME": "office", "OS_PASSWORD": "not a secret"}[name]
}

func TestOptions(t *testing.T) {
	o, err := parse(strings.Fields("-reference http://127.0.0.1:9876 -auth-url http://127.0.0.1:5000/v3 -lists 1,10 -trees= -pids 4,5 -lasting 2s"), environment)
	if err != nil {
		t.Fatal(err)
	}
	if want := (account{"http://127.0.0.1:5000/v3", "boss", "not a secret", "office"}); o.account != want || o.ours.account != want {
		t.Errorf("asked as %+v and %+v, want %+v", o.account, o.ours.account, want)
	}
	if !slices.Equal(o.lists, []int{1, 10}) || len(o.trees) != 0 || !slices.Equal(o.processes, []int{4, 5}) {
		t.Errorf("lists %v, trees %v, processes %v", o.lists, o.trees, o.processes)
	}
	if o.lasting != 2*time.Second || o.clients != 4 || !o.settles {
		t.Errorf("lasting %s, %d clients, settles %v", o.lasting, o.clients, o.settles)
	}
}

func TestOptionsThatCannotBe(t *testing.T) {
	nobody := func(string) string { return "" }
	for args, want := range map[string]string{
		"-url http://a -reference http://b": "-url is instead of avi-lbaas",
		"-keystone -auth-url http://a":      "-keystone is a stand-in",
		"-auth-url http://a":                "set OS_PASSWORD",
		"-clients 0":                        "have to be more than 0",
		"-lists 1,x":                        `"x" is not a number above 0`,
		"-pids 0":                           `"0" is not a number above 0`,
	} {
		environment := nobody
		if strings.HasPrefix(args, "-keystone") {
			environment = func(string) string { return "p" }
		}
		if _, err := parse(strings.Fields(args), environment); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", args, err, want)
		}
	}
}
