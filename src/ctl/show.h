/*
 * Answers as people read them.  What is missing or of another type than expected is shown as "-":
 * the daemon may be older or newer.  Pure but for `out`.
 */
#ifndef LOCUM_CTL_SHOW_H
#define LOCUM_CTL_SHOW_H

#include <jansson.h>
#include <stdio.h>

void show_status(const json_t *status, FILE *out);        /* who answers and why */
void show_status_checks(const json_t *status, FILE *out); /* ... and how the checks went */
void show_plan(const json_t *plan, FILE *out);
void show_explain(const json_t *explain, FILE *out);
void show_replay(const json_t *replay, FILE *out);
void show_said(const json_t *reply, FILE *out); /* "changes", then "said" */
void show_history(const json_t *list, FILE *out);
void show_export(const json_t *reply, FILE *out); /* "lines", or "said" */
void show_lines(const json_t *lines, FILE *out);

enum { SHOW_ROLE = 96 };
/* "home, active", "standby, deposed, offline", "standby, drill": what an endpoint is. */
const char *show_role(const json_t *endpoint, char room[SHOW_ROLE]);
/* Who is home, standby, deposed, and has a trickle: no whole line. */
void show_roles(const json_t *service, FILE *out);
/* How the answers are shared out, by which rules; nothing, if every one has all records. */
void show_shares(const json_t *service, FILE *out);
/* Roles, rules, TTL and the operators' words of a service; nothing, if the daemon says nothing. */
void show_standing(const json_t *service, FILE *out);

/* Parts of plans, explanations and the status. */
void show_candidates(const json_t *candidates, FILE *out);
void show_overrides(const json_t *overrides, FILE *out);
void show_rule(const json_t *rule, FILE *out); /* "rule 13 failover: ..." */

#endif
