/*
 * Pieces of a snapshot as JSON, for all who tell of it: status, plans, explain.  Of the snapshot's
 * thread.
 */
#ifndef LOCUM_SERVER_JFACTS_H
#define LOCUM_SERVER_JFACTS_H

#include "server/snapshot.h"

#include <jansson.h>

/* A moment of our own clock as people read it, "2026-11-22T02:01:03.123Z"; null: it never was. */
json_t *jmoment(const struct snapshot *s, mono_t at);
json_t *jname(const uint8_t *wire);
/* Adds a line for each record, "www.example.com. 5 A 192.0.2.1", behind `sign`. */
void jrecords(json_t *list, const char *sign, const uint8_t *owner, const struct rrset *set);
json_t *jrule(enum pick_reason reason); /* {"number":13,"name":"failover","says":"..."} */
/* The names of those endpoints of a service. */
json_t *jends(const struct policy *policy, uint32_t service, const struct endpoint_set *set);
/*
 * Roles, rules and the operators' words: of a service ("home", "standby", "deposed", "chosen_by",
 * "asked", "stuck", "pinned", "frozen", "overrides", "suspect", "ttl_now", "exposed_until",
 * "trickle", "trickle_by", "shared_by", "shares"), and of
 * one of its endpoints ("deposed", "admin", "maintenance", "drill_until").
 */
json_t *jservice(const struct snapshot *s, uint32_t service);
json_t *jendpoint(const struct snapshot *s, uint32_t service, uint32_t end);
/* What operators said of a service: [{"what":"frozen","endpoint":null,"until":...}] */
json_t *joverrides(const struct snapshot *s, uint32_t service);
/* Every endpoint of a service as a decision sees it: fit or not and why, its gates with values. */
json_t *jcandidates(const struct snapshot *s, uint32_t service);
/* The same of one, in words: "down: web: connection refused"; the caller frees. */
char *unfit_text(const struct snapshot *s, uint32_t service, uint32_t end);

#endif
