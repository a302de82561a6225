// Package policy decides who may do what: the rule language of oslo.policy, Octavia's rules with their defaults, and what an
// operator's policy file changes of them. It is pure: it gets files as bytes and gives decisions; reading and watching them is
// the business of package files below. It imports nothing of ours.
//
// The facts are those of oslo.policy's _parser.py and _checks.py and of Octavia's octavia/policies. Where oslo.policy lets a
// mistake pass and denies at each request (a rule that does not parse, a reference to no rule, rules in a circle), here the
// rules are refused as a whole, with file, line and rule, so that a mistake shows before it is in force.
package policy
