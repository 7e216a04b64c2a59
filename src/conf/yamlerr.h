/* libyaml's complaints in the words of an operator. */
#ifndef LOCUM_CONF_YAMLERR_H
#define LOCUM_CONF_YAMLERR_H

#include <stddef.h>

#include <yaml.h>

struct conf_problems;

/* Adds the problem that stopped the parser of `bytes`. */
void yaml_problem(const yaml_parser_t *parser, const char *file, const char *bytes, size_t len,
	struct conf_problems *problems);

#endif
