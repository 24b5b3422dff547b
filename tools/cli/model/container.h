/* SPDX-License-Identifier: GPL-2.0-only */
/* What the path of a cgroup says of the unit, the pod and the container that it belongs to. */
#ifndef PORTQUOTA_CONTAINER_H
#define PORTQUOTA_CONTAINER_H

/**
 * struct container - what stands in a path; NULL for what does not
 * @unit: the innermost service or scope of systemd, or else the innermost slice
 * @pod_uid: the uid of a pod of Kubernetes, with hyphens, as kubectl prints it
 * @id: the id of the innermost container
 */
struct container {
	char *unit;
	char *pod_uid;
	char *id;
};

void container_of_path(struct container *container, const char *path);
void container_free(struct container *container);

#endif
