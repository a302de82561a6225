// Package flavor reads the texts that say what a flavor means: the metainfo of Neutron's service profiles, which old ones hold
// as a Python dict literal and new ones as JSON, and the flavor_data of the flavor profiles of the load-balancing API, which is
// JSON. What the keys mean is the domain's to say. It is pure and imports nothing of this project.
package flavor
