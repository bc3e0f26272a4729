/*
 * The binary interface of the generated header: every id, and every method's
 * place in its vtable. Programs compiled against Windows' own headers rely on
 * these numbers, so they are written out here and not derived from the IDL.
 */
#include "base/platform.h"

#include "dosvc.h"

#include <stdarg.h>
#include <setjmp.h>

#include <cmocka.h>

#include <string.h>
#include <wchar.h>

struct id
{
    const char *name;
    const GUID *value;
    const WCHAR *text;
};

/* clang-format off */
#define INTERFACE(name, text) {#name, &IID_##name, text}
#define CLASS(name, text) {#name, &CLSID_##name, text}

static const struct id ids[] = {
    INTERFACE(IDOManager, L"{400E2D4A-1431-4C1A-A748-39CA472CFDB1}"),
    INTERFACE(IDODownload, L"{FBBD7FC0-C147-4727-A38D-827EF071EE77}"),
    INTERFACE(IDODownloadStatusCallback, L"{D166E8E3-A90E-4392-8E87-05E996D3747D}"),
    INTERFACE(IDeliveryOptimizationJob, L"{EE2584CF-A69C-4848-B633-2649962B3EF7}"),
    INTERFACE(IDeliveryOptimizationJob2, L"{18995A26-BF59-4ABE-9F8B-D5092D5A2405}"),
    INTERFACE(IDeliveryOptimizationFile, L"{B76B9699-E99E-4101-803F-A20E325D93E2}"),
    INTERFACE(IDeliveryOptimizationFile2, L"{3A87296F-6EC2-4126-AB29-E3F8DC4CC390}"),
    INTERFACE(IBackgroundCopyManager, L"{5CE34C0D-0DC9-4C1F-897C-DAA1B78CEE7C}"),
    INTERFACE(IBackgroundCopyJob, L"{37668D37-507E-4160-9316-26306D150B12}"),
    INTERFACE(IBackgroundCopyJob2, L"{54B50739-686F-45EB-9DFF-D6A9A0FAA9AF}"),
    INTERFACE(IBackgroundCopyJob3, L"{443C8934-90FF-48ED-BCDE-26F5C7450042}"),
    INTERFACE(IBackgroundCopyJob4, L"{659CDEAE-489E-11D9-A9CD-000D56965251}"),
    INTERFACE(IBackgroundCopyJob5, L"{E847030C-BBBA-4657-AF6D-484AA42BF1FE}"),
    INTERFACE(IBackgroundCopyFile, L"{01B7BD23-FB88-4A77-8490-5891D3E4653A}"),
    INTERFACE(IBackgroundCopyFile2, L"{83E81B93-0873-474D-8A8C-F2018B1A939C}"),
    INTERFACE(IBackgroundCopyFile3, L"{659CDEAA-489E-11D9-A9CD-000D56965251}"),
    INTERFACE(IBackgroundCopyFile4, L"{EF7E0655-7888-4960-B0E5-730846E03492}"),
    INTERFACE(IBackgroundCopyFile5, L"{85C1657F-DAFC-40E8-8834-DF18EA25717E}"),
    INTERFACE(IBackgroundCopyFile6, L"{CF6784F7-D677-49FD-9368-CB47AEE9D1AD}"),
    INTERFACE(IBackgroundCopyError, L"{19C613A0-FCB8-4F28-81AE-897C3D078F81}"),
    INTERFACE(IBackgroundCopyCallback, L"{97EA99C7-0186-4AD4-8DF9-C5B4E0ED6B22}"),
    INTERFACE(IBackgroundCopyCallback2, L"{659CDEAC-489E-11D9-A9CD-000D56965251}"),
    INTERFACE(IBackgroundCopyCallback3, L"{98C97BD2-E32B-4AD8-A528-95FD8B16BD42}"),
    INTERFACE(AsyncIBackgroundCopyCallback, L"{CA29D251-B4BB-4679-A3D9-AE8006119D54}"),
    INTERFACE(IEnumBackgroundCopyJobs, L"{1AF4F612-3B71-466F-8F58-7B6F73AC57AD}"),
    INTERFACE(IEnumBackgroundCopyFiles, L"{CA51E165-C365-424C-8D41-24AAA4FF3C40}"),
    INTERFACE(IBackgroundCopyJobHttpOptions, L"{F1BD1079-9F01-4BDC-8036-F09B70095066}"),
    INTERFACE(IBackgroundCopyJobHttpOptions2, L"{B591A192-A405-4FC3-8323-4C5C542578FC}"),
    INTERFACE(IBackgroundCopyJobHttpOptions3, L"{8A9263D3-FD4C-4EDA-9B28-30132A4D4E3C}"),
    INTERFACE(IBackgroundCopyServerCertificateValidationCallback, L"{4CEC0D02-DEF7-4158-813A-C32A46945FF7}"),
    INTERFACE(IBitsTokenOptions, L"{9A2584C3-F7D2-457A-9A5E-22B67BFFC7D2}"),
    INTERFACE(IEnumUnknown, L"{00000100-0000-0000-C000-000000000046}"),
    CLASS(DeliveryOptimization, L"{5B99FA76-721C-423C-ADAC-56D03C8A8007}"),
    CLASS(DosvcManager, L"{116BB122-9D67-40F0-941B-A8AAED298A1B}"),
    CLASS(DosvcBitsManager, L"{F48C9280-B0A0-495B-AFF6-6295E1844732}"),
    CLASS(DosvcCallback, L"{A128D9DF-0B37-42CB-988F-1EB5045F4896}"),
    CLASS(BackgroundCopyManager, L"{4991D34B-80A1-4291-83B6-3328366B9097}"),
    CLASS(BackgroundCopyManager1_5, L"{F087771F-D74F-4C1A-BB8A-E16ACA9124EA}"),
    CLASS(BackgroundCopyManager2_0, L"{6D18AD12-BDE3-4393-B311-099C346E6DF9}"),
    CLASS(BackgroundCopyManager2_5, L"{03CA98D6-FF5D-49B8-ABC6-03DD84127020}"),
    CLASS(BackgroundCopyManager3_0, L"{659CDEA7-489E-11D9-A9CD-000D56965251}"),
    CLASS(BackgroundCopyManager4_0, L"{BB6DF56B-CACE-11DC-9992-0019B93A3A84}"),
    CLASS(BackgroundCopyManager5_0, L"{1ECCA34C-E88A-44E3-8D6A-8921BDE9E452}"),
    CLASS(BackgroundCopyManager10_1, L"{4BD3E4E1-7BD4-4A2B-9964-496400DE5193}"),
    CLASS(BackgroundCopyManager10_2, L"{4575438F-A6C8-4976-B0FE-2F26B80D959E}"),
    CLASS(BackgroundCopyManager10_3, L"{5FD42AD5-C04E-4D36-ADC7-E08FF15737AD}"),
    CLASS(BackgroundCopyQMgr, L"{69AD4AEE-51BE-439B-A92C-86AE490E8B30}"),
    {"type library", &LIBID_DosvcLib, L"{7DD6B4E8-C23D-4C90-960E-29EB2D5790A7}"},
};
/* clang-format on */

struct slot
{
    const char *name;
    size_t actual;
    size_t expected;
};

/* clang-format off */
/* The vtable of an interface has this many slots. */
#define SLOTS(iface, count) {#iface, sizeof(iface##Vtbl) / sizeof(void *), count}

/* A method stands in this slot of its interface. */
#define SLOT(iface, method, number)                                                                \
    {#iface "::" #method, offsetof(iface##Vtbl, method) / sizeof(void *), number}

/* And in the same slot of the last of the interfaces that are derived from it. */
#define CHAINED(iface, last, method, number)                                                       \
    SLOT(iface, method, number), SLOT(last, method, number)

static const struct slot slots[] = {
    SLOTS(IDOManager, 5),
    SLOT(IDOManager, CreateDownload, 3),
    SLOT(IDOManager, EnumDownloads, 4),
    SLOTS(IDODownload, 10),
    SLOT(IDODownload, Start, 3),
    SLOT(IDODownload, Pause, 4),
    SLOT(IDODownload, Abort, 5),
    SLOT(IDODownload, Finalize, 6),
    SLOT(IDODownload, GetStatus, 7),
    SLOT(IDODownload, GetProperty, 8),
    SLOT(IDODownload, SetProperty, 9),
    SLOTS(IDODownloadStatusCallback, 4),
    SLOT(IDODownloadStatusCallback, OnStatusChange, 3),
    SLOTS(IDeliveryOptimizationJob, 4),
    SLOT(IDeliveryOptimizationJob, AddFileWithRanges, 3),
    SLOTS(IDeliveryOptimizationJob2, 6),
    SLOT(IDeliveryOptimizationJob2, AddFile, 3),
    SLOT(IDeliveryOptimizationJob2, GetProperty, 4),
    SLOT(IDeliveryOptimizationJob2, SetProperty, 5),
    SLOTS(IDeliveryOptimizationFile, 5),
    SLOT(IDeliveryOptimizationFile, GetStatsAtSlot3, 3),
    SLOT(IDeliveryOptimizationFile, GetStats, 4),
    SLOTS(IDeliveryOptimizationFile2, 5),
    SLOT(IDeliveryOptimizationFile2, GetProperty, 3),
    SLOT(IDeliveryOptimizationFile2, SetProperty, 4),
    SLOTS(IBackgroundCopyManager, 7),
    SLOT(IBackgroundCopyManager, CreateJob, 3),
    SLOT(IBackgroundCopyManager, GetJob, 4),
    SLOT(IBackgroundCopyManager, EnumJobs, 5),
    SLOT(IBackgroundCopyManager, GetErrorDescription, 6),
    SLOTS(IBackgroundCopyJob, 35),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, AddFileSet, 3),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, AddFile, 4),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, EnumFiles, 5),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, Suspend, 6),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, Resume, 7),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, Cancel, 8),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, Complete, 9),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, GetId, 10),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, GetType, 11),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, GetProgress, 12),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, GetTimes, 13),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, GetState, 14),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, GetError, 15),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, GetOwner, 16),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, SetDisplayName, 17),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, GetDisplayName, 18),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, SetDescription, 19),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, GetDescription, 20),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, SetPriority, 21),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, GetPriority, 22),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, SetNotifyFlags, 23),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, GetNotifyFlags, 24),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, SetNotifyInterface, 25),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, GetNotifyInterface, 26),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, SetMinimumRetryDelay, 27),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, GetMinimumRetryDelay, 28),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, SetNoProgressTimeout, 29),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, GetNoProgressTimeout, 30),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, GetErrorCount, 31),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, SetProxySettings, 32),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, GetProxySettings, 33),
    CHAINED(IBackgroundCopyJob, IBackgroundCopyJob5, TakeOwnership, 34),
    SLOTS(IBackgroundCopyJob2, 43),
    CHAINED(IBackgroundCopyJob2, IBackgroundCopyJob5, SetNotifyCmdLine, 35),
    CHAINED(IBackgroundCopyJob2, IBackgroundCopyJob5, GetNotifyCmdLine, 36),
    CHAINED(IBackgroundCopyJob2, IBackgroundCopyJob5, GetReplyProgress, 37),
    CHAINED(IBackgroundCopyJob2, IBackgroundCopyJob5, GetReplyData, 38),
    CHAINED(IBackgroundCopyJob2, IBackgroundCopyJob5, SetReplyFileName, 39),
    CHAINED(IBackgroundCopyJob2, IBackgroundCopyJob5, GetReplyFileName, 40),
    CHAINED(IBackgroundCopyJob2, IBackgroundCopyJob5, SetCredentials, 41),
    CHAINED(IBackgroundCopyJob2, IBackgroundCopyJob5, RemoveCredentials, 42),
    SLOTS(IBackgroundCopyJob3, 47),
    CHAINED(IBackgroundCopyJob3, IBackgroundCopyJob5, ReplaceRemotePrefix, 43),
    CHAINED(IBackgroundCopyJob3, IBackgroundCopyJob5, AddFileWithRanges, 44),
    CHAINED(IBackgroundCopyJob3, IBackgroundCopyJob5, SetFileACLFlags, 45),
    CHAINED(IBackgroundCopyJob3, IBackgroundCopyJob5, GetFileACLFlags, 46),
    SLOTS(IBackgroundCopyJob4, 53),
    CHAINED(IBackgroundCopyJob4, IBackgroundCopyJob5, SetPeerCachingFlags, 47),
    CHAINED(IBackgroundCopyJob4, IBackgroundCopyJob5, GetPeerCachingFlags, 48),
    CHAINED(IBackgroundCopyJob4, IBackgroundCopyJob5, GetOwnerIntegrityLevel, 49),
    CHAINED(IBackgroundCopyJob4, IBackgroundCopyJob5, GetOwnerElevationState, 50),
    CHAINED(IBackgroundCopyJob4, IBackgroundCopyJob5, SetMaximumDownloadTime, 51),
    CHAINED(IBackgroundCopyJob4, IBackgroundCopyJob5, GetMaximumDownloadTime, 52),
    SLOTS(IBackgroundCopyJob5, 55),
    SLOT(IBackgroundCopyJob5, SetProperty, 53),
    SLOT(IBackgroundCopyJob5, GetProperty, 54),
    SLOTS(IBackgroundCopyFile, 6),
    CHAINED(IBackgroundCopyFile, IBackgroundCopyFile6, GetRemoteName, 3),
    CHAINED(IBackgroundCopyFile, IBackgroundCopyFile6, GetLocalName, 4),
    CHAINED(IBackgroundCopyFile, IBackgroundCopyFile6, GetProgress, 5),
    SLOTS(IBackgroundCopyFile2, 8),
    CHAINED(IBackgroundCopyFile2, IBackgroundCopyFile6, GetFileRanges, 6),
    CHAINED(IBackgroundCopyFile2, IBackgroundCopyFile6, SetRemoteName, 7),
    SLOTS(IBackgroundCopyFile3, 12),
    CHAINED(IBackgroundCopyFile3, IBackgroundCopyFile6, GetTemporaryName, 8),
    CHAINED(IBackgroundCopyFile3, IBackgroundCopyFile6, SetValidationState, 9),
    CHAINED(IBackgroundCopyFile3, IBackgroundCopyFile6, GetValidationState, 10),
    CHAINED(IBackgroundCopyFile3, IBackgroundCopyFile6, IsDownloadedFromPeer, 11),
    SLOTS(IBackgroundCopyFile4, 13),
    CHAINED(IBackgroundCopyFile4, IBackgroundCopyFile6, GetPeerDownloadStats, 12),
    SLOTS(IBackgroundCopyFile5, 15),
    CHAINED(IBackgroundCopyFile5, IBackgroundCopyFile6, SetProperty, 13),
    CHAINED(IBackgroundCopyFile5, IBackgroundCopyFile6, GetProperty, 14),
    SLOTS(IBackgroundCopyFile6, 18),
    SLOT(IBackgroundCopyFile6, UpdateDownloadPosition, 15),
    SLOT(IBackgroundCopyFile6, RequestFileRanges, 16),
    SLOT(IBackgroundCopyFile6, GetFilledFileRanges, 17),
    SLOTS(IBackgroundCopyError, 8),
    SLOT(IBackgroundCopyError, GetError, 3),
    SLOT(IBackgroundCopyError, GetFile, 4),
    SLOT(IBackgroundCopyError, GetErrorDescription, 5),
    SLOT(IBackgroundCopyError, GetErrorContextDescription, 6),
    SLOT(IBackgroundCopyError, GetProtocol, 7),
    SLOTS(IBackgroundCopyCallback, 6),
    CHAINED(IBackgroundCopyCallback, IBackgroundCopyCallback3, JobTransferred, 3),
    CHAINED(IBackgroundCopyCallback, IBackgroundCopyCallback3, JobError, 4),
    CHAINED(IBackgroundCopyCallback, IBackgroundCopyCallback3, JobModification, 5),
    SLOTS(IBackgroundCopyCallback2, 7),
    CHAINED(IBackgroundCopyCallback2, IBackgroundCopyCallback3, FileTransferred, 6),
    SLOTS(IBackgroundCopyCallback3, 8),
    SLOT(IBackgroundCopyCallback3, FileRangesTransferred, 7),
    SLOTS(IEnumBackgroundCopyJobs, 8),
    SLOT(IEnumBackgroundCopyJobs, Next, 3),
    SLOT(IEnumBackgroundCopyJobs, Skip, 4),
    SLOT(IEnumBackgroundCopyJobs, Reset, 5),
    SLOT(IEnumBackgroundCopyJobs, Clone, 6),
    SLOT(IEnumBackgroundCopyJobs, GetCount, 7),
    SLOTS(IEnumBackgroundCopyFiles, 8),
    SLOT(IEnumBackgroundCopyFiles, Next, 3),
    SLOT(IEnumBackgroundCopyFiles, Skip, 4),
    SLOT(IEnumBackgroundCopyFiles, Reset, 5),
    SLOT(IEnumBackgroundCopyFiles, Clone, 6),
    SLOT(IEnumBackgroundCopyFiles, GetCount, 7),
    SLOTS(IBackgroundCopyJobHttpOptions, 11),
    CHAINED(IBackgroundCopyJobHttpOptions, IBackgroundCopyJobHttpOptions3, SetClientCertificateByID, 3),
    CHAINED(IBackgroundCopyJobHttpOptions, IBackgroundCopyJobHttpOptions3, SetClientCertificateByName, 4),
    CHAINED(IBackgroundCopyJobHttpOptions, IBackgroundCopyJobHttpOptions3, RemoveClientCertificate, 5),
    CHAINED(IBackgroundCopyJobHttpOptions, IBackgroundCopyJobHttpOptions3, GetClientCertificate, 6),
    CHAINED(IBackgroundCopyJobHttpOptions, IBackgroundCopyJobHttpOptions3, SetCustomHeaders, 7),
    CHAINED(IBackgroundCopyJobHttpOptions, IBackgroundCopyJobHttpOptions3, GetCustomHeaders, 8),
    CHAINED(IBackgroundCopyJobHttpOptions, IBackgroundCopyJobHttpOptions3, SetSecurityFlags, 9),
    CHAINED(IBackgroundCopyJobHttpOptions, IBackgroundCopyJobHttpOptions3, GetSecurityFlags, 10),
    SLOTS(IBackgroundCopyJobHttpOptions2, 13),
    CHAINED(IBackgroundCopyJobHttpOptions2, IBackgroundCopyJobHttpOptions3, SetHttpMethod, 11),
    CHAINED(IBackgroundCopyJobHttpOptions2, IBackgroundCopyJobHttpOptions3, GetHttpMethod, 12),
    SLOTS(IBackgroundCopyJobHttpOptions3, 15),
    SLOT(IBackgroundCopyJobHttpOptions3, SetServerCertificateValidationInterface, 13),
    SLOT(IBackgroundCopyJobHttpOptions3, MakeCustomHeadersWriteOnly, 14),
    SLOTS(IBackgroundCopyServerCertificateValidationCallback, 4),
    SLOT(IBackgroundCopyServerCertificateValidationCallback, ValidateServerCertificate, 3),
    SLOTS(IBitsTokenOptions, 8),
    SLOT(IBitsTokenOptions, SetHelperTokenFlags, 3),
    SLOT(IBitsTokenOptions, GetHelperTokenFlags, 4),
    SLOT(IBitsTokenOptions, SetHelperToken, 5),
    SLOT(IBitsTokenOptions, ClearHelperToken, 6),
    SLOT(IBitsTokenOptions, GetHelperTokenSid, 7),
};
/* clang-format on */

static void every_id_is_the_public_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
    {
        WCHAR text[40];

        assert_int_equal(39, StringFromGUID2(ids[i].value, text, ARRAY_SIZE(text)));
        if (wcscmp(ids[i].text, text) != 0)
            fail_msg("%s is %ls, expected %ls", ids[i].name, text, ids[i].text);
    }
}

static void no_two_ids_are_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
        for (size_t k = 0; k < i; k++)
            if (IsEqualGUID(ids[i].value, ids[k].value))
                fail_msg("%s and %s are the same", ids[i].name, ids[k].name);
}

static void every_method_stands_in_its_slot(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(slots); i++)
        if (slots[i].actual != slots[i].expected)
            fail_msg("%s: %u, expected %u", slots[i].name, (unsigned)slots[i].actual,
                     (unsigned)slots[i].expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_id_is_the_public_one),
        cmocka_unit_test(no_two_ids_are_the_same),
        cmocka_unit_test(every_method_stands_in_its_slot),
    };

    return cmocka_run_group_tests_name("abi", tests, NULL, NULL);
}
