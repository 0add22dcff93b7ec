/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PKCS#11 module for tests/cli/pkcs11.sh: the one that $SHIM_MODULE names, but with the trouble of $SHIM_TROUBLE,
 * which a token of software never has: "locked" and "expired" at login, "last" (one more wrong PIN locks it), "gone"
 * (taken out before it signs), "lies" (signs something else).
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include <p11-kit/pkcs11.h>

static CK_FUNCTION_LIST_PTR real;
static CK_FUNCTION_LIST ours;

static int trouble(const char *name)
{
	const char *wanted = getenv("SHIM_TROUBLE");

	return wanted && !strcmp(wanted, name);
}

static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG size)
{
	if (trouble("locked"))
		return CKR_PIN_LOCKED;
	if (trouble("expired"))
		return CKR_PIN_EXPIRED;
	return real->C_Login(session, user, pin, size);
}

static CK_RV token_info(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info)
{
	CK_RV rv = real->C_GetTokenInfo(slot, info);

	if (rv == CKR_OK && trouble("last"))
		info->flags |= CKF_USER_PIN_FINAL_TRY;
	if (rv == CKR_OK && trouble("locked"))
		info->flags |= CKF_USER_PIN_LOCKED;
	return rv;
}

static CK_RV sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG size, CK_BYTE_PTR sig, CK_ULONG_PTR sig_size)
{
	CK_RV rv;

	if (trouble("gone"))
		return CKR_DEVICE_REMOVED;
	rv = real->C_Sign(session, data, size, sig, sig_size);
	if (rv == CKR_OK && sig && trouble("lies"))
		sig[*sig_size - 1] ^= 1;
	return rv;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR out)
{
	CK_RV (*get)(CK_FUNCTION_LIST_PTR_PTR);
	const char *path = getenv("SHIM_MODULE");
	void *library = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
	CK_RV rv;

	if (!library)
		return CKR_GENERAL_ERROR;
	*(void **)&get = dlsym(library, "C_GetFunctionList");
	rv = get ? get(&real) : CKR_GENERAL_ERROR;
	if (rv != CKR_OK)
		return rv;
	ours = *real;
	ours.C_Login = login;
	ours.C_GetTokenInfo = token_info;
	ours.C_Sign = sign;
	*out = &ours;
	return CKR_OK;
}
