//go:build verify

package verify_test

// denied is how the client tells that the policy forbids something.
const denied = "HTTP 403"

// operatorCommands are those for what operators make.
func operatorCommands() []clientStep {
	return []clientStep{
		{command: "provider list", wants: []string{"avi_adc"}, visitor: true, why: denied},
		{command: "provider capability list", arguments: "avi_adc", wants: []string{"se_group_ref"}, wrong: "nobody", why: "nobody"},

		{
			command: "flavorprofile create", arguments: `--name fp --provider avi_adc --flavor-data '{}'`, wants: []string{"avi_adc"},
			wrong: `--name fp --provider avi_adc --flavor-data '{"nonsense": 1}'`, why: "nonsense",
		},
		{command: "flavorprofile list", wants: []string{"fp"}, visitor: true, why: denied},
		{command: "flavorprofile show", arguments: "fp", wants: []string{"avi_adc"}, wrong: "{missing}", why: "{missing}"},
		{command: "flavorprofile set", arguments: "--name fp2 fp", wants: []string{}, wrong: "--provider nobody fp2", why: "nobody"},
		{
			command: "flavor create", arguments: "--name f --flavorprofile fp2 --description d", wants: []string{"True"},
			wrong: "--name f --flavorprofile fp2", why: "HTTP 409",
		},
		{command: "flavor list", wants: []string{"True"}, visitor: true, why: denied},
		{command: "flavor show", arguments: "f", wants: []string{"description"}, wrong: "{missing}", why: "{missing}"},
		{command: "flavor set", arguments: "--name f2 f", wants: []string{}, wrong: "--name x {missing}", why: "{missing}"},
		{command: "flavor unset", arguments: "--description f2", wants: []string{}, wrong: "--description {missing}", why: "{missing}"},

		{
			command: "availabilityzoneprofile create", arguments: `--name zp --provider avi_adc --availability-zone-data '{}'`,
			wants: []string{"avi_adc"}, wrong: `--name zp --provider avi_adc --availability-zone-data '{"nonsense": 1}'`, why: "nonsense",
		},
		{command: "availabilityzoneprofile list", wants: []string{"zp"}, visitor: true, why: denied},
		{command: "availabilityzoneprofile show", arguments: "zp", wants: []string{"avi_adc"}, wrong: "{missing}", why: "{missing}"},
		{command: "availabilityzoneprofile set", arguments: "--name zp2 zp", wants: []string{}, wrong: "--provider nobody zp2", why: "nobody"},
		{
			command: "availabilityzone create", arguments: "--name z --availabilityzoneprofile zp2 --description d", wants: []string{"True"},
			wrong: "--name z --availabilityzoneprofile zp2", why: "HTTP 409",
		},
		{command: "availabilityzone list", wants: []string{"True"}, visitor: true, why: denied},
		// Of a name that it does not find the client takes it for an id, which zones do not have: the reference refuses that too.
		{command: "availabilityzone show", arguments: "z", wants: []string{"description"}, wrong: "{missing}", why: "HTTP 400"},
		{command: "availabilityzone set", arguments: "--description e z", wants: []string{}, wrong: "--description e {missing}", why: "HTTP 400"},
		{command: "availabilityzone unset", arguments: "--description z", wants: []string{}, wrong: "--description {missing}", why: "HTTP 400"},

		{command: "quota defaults show", wants: []string{"load_balancer"}, visitor: true, why: denied},
		{command: "quota set", arguments: "--loadbalancer 7 {project}", wants: []string{"7"}, wrong: "--loadbalancer -5 {project}", why: "HTTP 400"},
		{command: "quota show", arguments: "{project}", wants: []string{"7"}, visitor: true, why: denied},
		{command: "quota list", wants: []string{"{project}"}, visitor: true, why: denied},
		{command: "quota unset", arguments: "--loadbalancer {project}", wants: []string{}, wrong: "--loadbalancer nobody", why: "nobody"},
		{command: "quota reset", arguments: "{project}", wants: []string{}, visitor: true, why: denied},

		// There are no amphorae: a list is empty, and nothing else has an object.
		{command: "amphora list", wants: []string{""}, visitor: true, why: denied},
		{command: "amphora show", wrong: "{missing}", why: "{missing}"},
		{command: "amphora stats show", wrong: "{missing}", why: "{missing}"},
		// These two look for an amphora of that name first, which no Octavia lists by.
		{command: "amphora configure", wrong: "{missing}", why: "One or more arguments are either duplicate or invalid"},
		{command: "amphora failover", wrong: "{missing}", why: "One or more arguments are either duplicate or invalid"},
		{command: "amphora delete", wrong: "{missing}", why: "{missing}"},
	}
}

// userCommands make a load balancer with everything below it, look at it and change it.
func userCommands() []clientStep {
	return []clientStep{
		{
			command: "create", arguments: "--name lb --vip-subnet-id {subnet} --flavor f2 --availability-zone z --tag blue --wait",
			wants: []string{"ACTIVE", "blue"}, wrong: "--name lb2 --vip-subnet-id {subnet} --vip-address 10.250.0.1", why: "HTTP 400",
		},
		{command: "list", arguments: "--name lb --tags blue", wants: []string{"lb"}, visitor: true, why: denied},
		{command: "show", arguments: "lb", wants: []string{"avi_adc"}, wrong: "{missing}", why: "{missing}"},
		{command: "set", arguments: "--name lb1 --description d --wait lb", wants: []string{}, wrong: "--vip-qos-policy-id {missing} lb1", why: "{missing}"},
		{command: "unset", arguments: "--description --all-tag --wait lb1", wants: []string{}, wrong: "--description {missing}", why: "{missing}"},
		{command: "status show", arguments: "lb1", wants: []string{"provisioning_status"}, wrong: "{missing}", why: "{missing}"},
		{command: "stats show", arguments: "lb1", wants: []string{"bytes_in"}, wrong: "{missing}", why: "{missing}"},
		// The Controller moves virtual services between its service engines by itself.
		{command: "failover", wrong: "lb1", why: "HTTP 501"},

		{
			command: "listener create", arguments: "--name web --protocol HTTP --protocol-port 80 --wait lb1", wants: []string{"HTTP"},
			wrong: "--protocol TCP --protocol-port 80 lb1", why: "already using protocol",
		},
		{command: "listener list", arguments: "--name web", wants: []string{"web"}, visitor: true, why: denied},
		{command: "listener show", arguments: "web", wants: []string{"80"}, wrong: "{missing}", why: "{missing}"},
		{command: "listener stats show", arguments: "web", wants: []string{"bytes_in"}, wrong: "{missing}", why: "{missing}"},
		{
			command: "listener set", arguments: "--connection-limit 100 --insert-headers X-Forwarded-For=true --wait web", wants: []string{},
			wrong: "--connection-limit -7 web", why: "HTTP 400",
		},
		{
			command: "listener unset", arguments: "--connection-limit --insert-headers --wait web", wants: []string{},
			wrong: "--name {missing}", why: "{missing}",
		},

		{
			command: "pool create", arguments: "--name blue --protocol HTTP --lb-algorithm ROUND_ROBIN --listener web --wait",
			wants: []string{"ROUND_ROBIN"}, wrong: "--protocol UDP --lb-algorithm ROUND_ROBIN --listener web", why: "HTTP 400",
		},
		{command: "pool list", arguments: "--loadbalancer lb1", wants: []string{"blue"}, visitor: true, why: denied},
		{command: "pool show", arguments: "blue", wants: []string{"HTTP"}, wrong: "{missing}", why: "{missing}"},
		{
			command: "pool set", arguments: "--session-persistence type=HTTP_COOKIE --wait blue", wants: []string{},
			wrong: "--session-persistence type=APP_COOKIE blue", why: "HTTP 400",
		},
		{command: "pool unset", arguments: "--session-persistence --wait blue", wants: []string{}, wrong: "--name {missing}", why: "{missing}"},

		{
			command: "member create", arguments: "--name m --address 10.30.0.201 --protocol-port 8080 --weight 3 --wait blue", wants: []string{"8080"},
			wrong: "--address 10.30.0.201 --protocol-port 8080 blue", why: "HTTP 409",
		},
		{command: "member list", arguments: "blue", wants: []string{"10.30.0.201"}, wrong: "{missing}", why: "{missing}"},
		{command: "member show", arguments: "blue m", wants: []string{"8080"}, wrong: "blue {missing}", why: "{missing}"},
		{command: "member set", arguments: "--weight 5 --wait blue m", wants: []string{}, wrong: "--weight 5 blue {missing}", why: "{missing}"},
		{command: "member unset", arguments: "--weight --wait blue m", wants: []string{}, wrong: "--weight blue {missing}", why: "{missing}"},

		{
			command:   "healthmonitor create",
			arguments: "--name check --delay 5 --timeout 3 --max-retries 2 --type HTTP --url-path /health --wait blue", wants: []string{"/health"},
			wrong: "--delay 5 --timeout 3 --max-retries 2 --type TCP blue", why: "HTTP 409",
		},
		{command: "healthmonitor list", wants: []string{"check"}, visitor: true, why: denied},
		{command: "healthmonitor show", arguments: "check", wants: []string{"/health"}, wrong: "{missing}", why: "{missing}"},
		{
			command: "healthmonitor set", arguments: "--delay 7 --expected-codes 200-204 --wait check", wants: []string{},
			wrong: "--expected-codes nonsense check", why: "HTTP 400",
		},
		{command: "healthmonitor unset", arguments: "--expected-codes --url-path --wait check", wants: []string{}, wrong: "--name {missing}", why: "{missing}"},

		{
			command: "l7policy create", arguments: "--name policy --action REDIRECT_TO_URL --redirect-url http://example.com/ --wait web",
			wants: []string{"REDIRECT_TO_URL"}, wrong: "--action REDIRECT_TO_POOL --redirect-pool {missing} web", why: "{missing}",
		},
		{command: "l7policy list", wants: []string{"policy"}, visitor: true, why: denied},
		{command: "l7policy show", arguments: "policy", wants: []string{"http://example.com/"}, wrong: "{missing}", why: "{missing}"},
		{command: "l7policy set", arguments: "--description d --wait policy", wants: []string{}, wrong: "--redirect-http-code 303 policy", why: "HTTP 501"},
		{command: "l7policy unset", arguments: "--description --wait policy", wants: []string{}, wrong: "--name {missing}", why: "{missing}"},
		// Without --wait: this client then looks for the policy by the id of the rule.
		{
			command: "l7rule create", arguments: "--compare-type STARTS_WITH --type PATH --value /old policy", wants: []string{"/old"}, save: "rule",
			wrong: "--compare-type CONTAINS --type FILE_TYPE --value png policy", why: "HTTP 400",
		},
		{command: "l7rule list", arguments: "policy", wants: []string{"/old"}, wrong: "{missing}", why: "{missing}"},
		// What is no id of a rule the client looks for by name, and rules have none: the refusal is that of the filter, as with Octavia.
		{command: "l7rule show", arguments: "policy {rule}", wants: []string{"STARTS_WITH"}, wrong: "policy {missing}", why: "HTTP 400"},
		{command: "l7rule set", arguments: "--value /older --invert --wait policy {rule}", wants: []string{}, wrong: "--compare-type CONTAINS --type FILE_TYPE --value png policy {rule}", why: "HTTP 400"},
		{command: "l7rule unset", arguments: "--invert --wait policy {rule}", wants: []string{}, wrong: "--invert policy {missing}", why: "{missing}"},
	}
}

// removalCommands delete everything again; each is refused when there is nothing left to delete, or while it is in use.
func removalCommands() []clientStep {
	return []clientStep{
		{command: "l7rule delete", arguments: "--wait policy {rule}", wants: []string{}, wrong: "policy {rule}", why: "HTTP 400"},
		{command: "l7policy delete", arguments: "--wait policy", wants: []string{}, wrong: "policy", why: "policy"},
		{command: "healthmonitor delete", arguments: "--wait check", wants: []string{}, wrong: "check", why: "check"},
		{command: "member delete", arguments: "--wait blue m", wants: []string{}, wrong: "blue m", why: "m"},
		{command: "pool delete", arguments: "--wait blue", wants: []string{}, wrong: "blue", why: "blue"},
		// The refusal comes first: the flavor and the zone are still in use, and the load balancer still has its listener.
		{command: "delete", wrong: "lb1", why: "HTTP 400"},
		{command: "flavor delete", wrong: "f2", why: "HTTP 409"},
		{command: "availabilityzone delete", wrong: "z", why: "HTTP 409"},
		{command: "flavorprofile delete", wrong: "fp2", why: "HTTP 409"},
		{command: "availabilityzoneprofile delete", wrong: "zp2", why: "HTTP 409"},
		{command: "listener delete", arguments: "--wait web", wants: []string{}, wrong: "web", why: "web"},
		{command: "delete", arguments: "--wait lb1", wants: []string{}, wrong: "lb1", why: "lb1"},
		{command: "flavor delete", arguments: "f2", wants: []string{}, wrong: "f2", why: "f2"},
		{command: "flavorprofile delete", arguments: "fp2", wants: []string{}, wrong: "fp2", why: "fp2"},
		{command: "availabilityzone delete", arguments: "z", wants: []string{}, wrong: "z", why: "HTTP 400"},
		{command: "availabilityzoneprofile delete", arguments: "zp2", wants: []string{}, wrong: "zp2", why: "zp2"},
	}
}
