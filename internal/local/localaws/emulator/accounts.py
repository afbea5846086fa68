"""Account Management: which Regions an account has. moto does not know that they can be asked for."""

from moto.account import urls
from moto.account.responses import AccountResponse
from moto.core.responses import ActionResult

# What an account has by itself: https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
BY_DEFAULT = [
    "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1",
    "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"]


def list_regions(self):
    wanted = self._get_param("RegionOptStatusContains") or ["ENABLED_BY_DEFAULT"]
    found = [{"RegionName": r, "RegionOptStatus": "ENABLED_BY_DEFAULT"} for r in BY_DEFAULT]
    return ActionResult(result={"Regions": [r for r in found if r["RegionOptStatus"] in wanted]})


def patch():
    AccountResponse.list_regions = list_regions
    urls.url_paths["{0}/listRegions$"] = AccountResponse.dispatch
