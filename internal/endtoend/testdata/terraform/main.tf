# What the provider's own documentation shows, put together: every load balancing resource that it has.
terraform {
  required_providers {
    openstack = { source = "terraform-provider-openstack/openstack" }
  }
}

provider "openstack" {
  alias       = "admin"
  user_name   = "admin"
  tenant_name = "admin"
}

variable "subnet" { type = string }
variable "project" { type = string }
variable "algorithm" { default = "ROUND_ROBIN" }
variable "weight" { default = 1 }
variable "position" { default = 1 }
variable "tags" {
  type    = list(string)
  default = ["blue", "code"]
}
variable "images" {
  type    = list(number)
  default = [8201, 8202, 8203]
}
variable "pools" { default = 20 }

resource "openstack_lb_quota_v2" "project" {
  provider       = openstack.admin
  project_id     = var.project
  loadbalancer   = 5
  listener       = 10
  pool           = var.pools
  member         = 50
  health_monitor = 10
  l7_policy      = 10
  l7_rule        = 20
}

resource "openstack_lb_loadbalancer_v2" "lb" {
  name          = "terraform"
  description   = "as code"
  vip_subnet_id = var.subnet
  tags          = var.tags
  depends_on    = [openstack_lb_quota_v2.project]
}

resource "openstack_lb_listener_v2" "http" {
  name             = "http"
  protocol         = "HTTP"
  protocol_port    = 8080
  loadbalancer_id  = openstack_lb_loadbalancer_v2.lb.id
  default_pool_id  = openstack_lb_pool_v2.web.id
  connection_limit = 1000
  allowed_cidrs    = ["10.0.0.0/8", "127.0.0.0/8"]
  insert_headers   = { X-Forwarded-For = "true" }
}

resource "openstack_lb_listener_v2" "tcp" {
  protocol        = "TCP"
  protocol_port   = 9090
  loadbalancer_id = openstack_lb_loadbalancer_v2.lb.id
  tags            = ["tcp"]
}

resource "openstack_lb_pool_v2" "web" {
  name            = "web"
  protocol        = "HTTP"
  lb_method       = var.algorithm
  loadbalancer_id = openstack_lb_loadbalancer_v2.lb.id
  persistence {
    type        = "APP_COOKIE"
    cookie_name = "sid"
  }
}

resource "openstack_lb_pool_v2" "api" {
  name        = "api"
  protocol    = "TCP"
  lb_method   = "LEAST_CONNECTIONS"
  listener_id = openstack_lb_listener_v2.tcp.id
}

resource "openstack_lb_pool_v2" "images" {
  protocol        = "HTTP"
  lb_method       = "SOURCE_IP"
  loadbalancer_id = openstack_lb_loadbalancer_v2.lb.id
}

resource "openstack_lb_member_v2" "one" {
  pool_id       = openstack_lb_pool_v2.web.id
  address       = "127.0.0.1"
  protocol_port = 8001
  weight        = var.weight
}

resource "openstack_lb_member_v2" "many" {
  count         = 3
  pool_id       = openstack_lb_pool_v2.api.id
  address       = "127.0.0.1"
  protocol_port = 8101 + count.index
}

# All members of a pool in one request, whatever changes.
resource "openstack_lb_members_v2" "images" {
  pool_id = openstack_lb_pool_v2.images.id
  dynamic "member" {
    for_each = var.images
    content {
      name          = "images-${member.value}"
      address       = "127.0.0.1"
      protocol_port = member.value
      weight        = var.weight
    }
  }
}

resource "openstack_lb_monitor_v2" "web" {
  pool_id        = openstack_lb_pool_v2.web.id
  name           = "web"
  type           = "HTTP"
  delay          = 5
  timeout        = 3
  max_retries    = 2
  url_path       = "/health"
  http_method    = "GET"
  expected_codes = "200-204"
}

resource "openstack_lb_monitor_v2" "api" {
  pool_id          = openstack_lb_pool_v2.api.id
  type             = "TCP"
  delay            = 5
  timeout          = 3
  max_retries      = 2
  max_retries_down = 4
}

resource "openstack_lb_l7policy_v2" "images" {
  name             = "images"
  action           = "REDIRECT_TO_POOL"
  listener_id      = openstack_lb_listener_v2.http.id
  redirect_pool_id = openstack_lb_pool_v2.images.id
  position         = var.position
}

resource "openstack_lb_l7rule_v2" "images" {
  l7policy_id  = openstack_lb_l7policy_v2.images.id
  type         = "PATH"
  compare_type = "STARTS_WITH"
  value        = "/images"
}

resource "openstack_lb_l7rule_v2" "not_private" {
  l7policy_id  = openstack_lb_l7policy_v2.images.id
  type         = "HOST_NAME"
  compare_type = "EQUAL_TO"
  value        = "private.example.com"
  invert       = true
}
