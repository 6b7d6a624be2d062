// The job of `bootstrap`, as a Go programmer writes it with the AWS SDK, client-go and aws-lambda-go: count all pods,
// look for one. Everything that can be kept between invocations is kept.
package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
)

const (
	page      = 500
	early     = 5 * time.Minute
	tokenLife = 14 * time.Minute
)

type event struct {
	Namespace string `json:"namespace"`
	Pod       string `json:"pod"`
}

type podResult struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Found     bool   `json:"found"`
}

type result struct {
	Pods int       `json:"pods"`
	Pod  podResult `json:"pod"`
}

type function struct {
	cluster     string
	eks         *eks.Client
	credentials *aws.CredentialsCache
	tokens      *tokenSource
	pods        corev1.PodsGetter
}

func configure(ctx context.Context) (*function, error) {
	cluster := os.Getenv("cluster")
	if cluster == "" {
		return nil, errors.New("the variable cluster is not set")
	}
	sdk, err := config.LoadDefaultConfig(ctx, config.WithRegion(os.Getenv("region")))
	if err != nil {
		return nil, err
	}
	provider := sdk.Credentials
	if role := os.Getenv("arn"); role != "" {
		provider = stscreds.NewAssumeRoleProvider(sts.NewFromConfig(sdk), role)
	}
	credentials := aws.NewCredentialsCache(provider, func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = early })
	return &function{
		cluster:     cluster,
		eks:         eks.NewFromConfig(sdk),
		credentials: credentials,
		tokens:      newTokenSource(cluster, sdk.Region, credentials),
	}, nil
}

func (f *function) handle(ctx context.Context, e event) (*result, error) {
	if e.Namespace == "" {
		e.Namespace = "default"
	}
	if e.Pod == "" {
		e.Pod = "example-xxxxx"
	}
	if err := f.connect(ctx); err != nil {
		return nil, err
	}
	count, err := f.count(ctx)
	if err != nil {
		return nil, err
	}
	fmt.Printf("There are %d pods in the cluster\n", count)
	_, err = f.pods.Pods(e.Namespace).Get(ctx, e.Pod, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		fmt.Printf("Pod %s in namespace %s not found\n", e.Pod, e.Namespace)
	case err != nil:
		return nil, err
	default:
		fmt.Printf("Found pod %s in namespace %s\n", e.Pod, e.Namespace)
	}
	return &result{Pods: count, Pod: podResult{e.Namespace, e.Pod, err == nil}}, nil
}

// connect asks AWS for what the first invocation needs, both at the same time; later ones find it done.
func (f *function) connect(ctx context.Context) error {
	if f.pods != nil {
		return nil
	}
	retrieved := make(chan error, 1)
	go func() {
		_, err := f.credentials.Retrieve(ctx)
		retrieved <- err
	}()
	reply, err := f.eks.DescribeCluster(ctx, &eks.DescribeClusterInput{Name: &f.cluster})
	if err := errors.Join(err, <-retrieved); err != nil {
		return err
	}
	ca, err := base64.StdEncoding.DecodeString(*reply.Cluster.CertificateAuthority.Data)
	if err != nil {
		return err
	}
	f.pods, err = corev1.NewForConfig(&rest.Config{
		Host:            *reply.Cluster.Endpoint,
		TLSClientConfig: rest.TLSClientConfig{CAData: ca},
		WrapTransport:   f.tokens.wrap,
		QPS:             -1, // the default of 5 a second would hold every warm invocation for 400 ms
		ContentConfig: rest.ContentConfig{
			AcceptContentTypes: "application/vnd.kubernetes.protobuf,application/json",
			ContentType:        "application/vnd.kubernetes.protobuf",
		},
	})
	return err
}

func (f *function) count(ctx context.Context) (int, error) {
	count := 0
	options := metav1.ListOptions{Limit: page}
	for {
		list, err := f.pods.Pods("").List(ctx, options)
		if err != nil {
			return 0, err
		}
		count += len(list.Items)
		if options.Continue = list.Continue; options.Continue == "" {
			return count, nil
		}
	}
}

// tokenSource mints a token when the last one is too old, and puts it on every request.
type tokenSource struct {
	presign *sts.PresignClient
	next    http.RoundTripper
	mutex   sync.Mutex
	token   string
	until   time.Time
}

// newTokenSource signs for the real STS host, wherever an endpoint override sends the calls.
func newTokenSource(cluster, region string, credentials aws.CredentialsProvider) *tokenSource {
	client := sts.New(sts.Options{Region: region, Credentials: credentials})
	return &tokenSource{presign: sts.NewPresignClient(client, func(o *sts.PresignOptions) {
		o.ClientOptions = append(o.ClientOptions, func(o *sts.Options) {
			o.APIOptions = append(o.APIOptions,
				smithyhttp.SetHeaderValue("x-k8s-aws-id", cluster), smithyhttp.SetHeaderValue("X-Amz-Expires", "60"))
		})
	})}
}

func (s *tokenSource) wrap(next http.RoundTripper) http.RoundTripper {
	s.next = next
	return s
}

func (s *tokenSource) RoundTrip(request *http.Request) (*http.Response, error) {
	token, err := s.get(request.Context())
	if err != nil {
		return nil, err
	}
	signed := request.Clone(request.Context())
	signed.Header.Set("Authorization", "Bearer "+token)
	return s.next.RoundTrip(signed)
}

func (s *tokenSource) get(ctx context.Context) (string, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	now := time.Now()
	if now.Before(s.until) {
		return s.token, nil
	}
	request, err := s.presign.PresignGetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", err
	}
	s.token = "k8s-aws-v1." + base64.RawURLEncoding.EncodeToString([]byte(request.URL))
	s.until = now.Add(tokenLife)
	return s.token, nil
}

func main() {
	f, err := configure(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	lambda.Start(f.handle)
}
